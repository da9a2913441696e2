import { existsSync, readFileSync } from 'node:fs';

/** In the package, and in the repository. */
const PLACES = ['../../openapi.json', '../../../hosts/rest/openapi.json'];
const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** One call of the service. */
export interface Operation {
  /** In upper case. */
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  /** Whether a call without a body is refused. */
  readonly needsBody: boolean;
  /** Whether a call without an access token is refused. */
  readonly needsToken: boolean;
}

interface Described {
  readonly requestBody?: { readonly required?: boolean };
  /** The ways to authenticate of which a call takes one. An empty one takes none. */
  readonly security?: readonly Readonly<Record<string, unknown>>[];
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<(typeof METHODS)[number], Described>>>>>;
}

/** The calls that hash a password, or take a token without one. */
export const CREDENTIALS = ['/v1/login', '/v1/register', '/v1/token/refresh', '/v1/setup', '/v1/me/password'];

/** The pages for people, which the description does not contain. */
const PAGES = ['/', '/assets/{file}', '/problems', '/problems/{slug}'];
/** The pages that describe the service, where the stage has them. */
const DESCRIPTIONS = ['/docs', '/docs/{file}', '/openapi.json', '/openapi-3.0.json'];

/** All calls of a stage: those of the project's OpenAPI description, and the pages for people. */
export function operations(describes: boolean): Operation[] {
  const place = PLACES.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url)) as URL;
  const description = JSON.parse(readFileSync(place, 'utf8')) as Description;
  const described = Object.entries(description.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => ({
      method: method.toUpperCase(),
      path,
      needsBody: item[method]?.requestBody?.required === true,
      needsToken: needsToken(item[method]?.security ?? []),
    })),
  );
  const pages = [...PAGES, ...(describes ? DESCRIPTIONS : [])];
  return [...described, ...pages.map((path) => ({ method: 'GET', path, needsBody: false, needsToken: false }))];
}

function needsToken(security: NonNullable<Described['security']>): boolean {
  return security.length > 0 && security.every((way) => 'bearer' in way);
}

/** The paths of which every call needs a token, as patterns of CloudFront, where `*` is any text. */
export function guardedPatterns(): string[] {
  const all = operations(false);
  const open = new Set(all.filter((operation) => !operation.needsToken).map(({ path }) => path));
  const paths = new Set(all.map(({ path }) => path).filter((path) => !open.has(path)));
  const patterns = [...paths].map((path) => path.replaceAll(/\{\w+\}/g, '*'));
  const covers = (one: string, other: string): boolean => one.endsWith('/*') && one !== other && other.startsWith(one.slice(0, -1));
  return patterns.filter((pattern) => !patterns.some((other) => covers(other, pattern)));
}
