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
}

interface Description {
  readonly paths: Readonly<
    Record<string, Readonly<Partial<Record<(typeof METHODS)[number], { requestBody?: { required?: boolean } }>>>>
  >;
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
    })),
  );
  const pages = [...PAGES, ...(describes ? DESCRIPTIONS : [])];
  return [...described, ...pages.map((path) => ({ method: 'GET', path, needsBody: false }))];
}
