import { Component } from "./component.js";
import type { Claims, Decision, Role } from "./component.js";
import { InvalidSetting, TokenRefused } from "./errors.js";
import { fetchKeySet, keySetUrl } from "./fetch-key-set.js";
import { parseKeySet } from "./key-set.js";
import { FetchedKeys, fixedKeys, FRESHNESS } from "./key-source.js";
import type { KeySource } from "./key-source.js";
import type { Modules, Platform } from "./platform.js";

/** What a verifier demands of a token, and where its keys come from. */
export interface Settings {
  /** The value that `iss` must have. */
  issuer: string;
  /** The value that `aud` must contain. */
  audience: string;
  /** The key set (RFC 7517), as an object or its JSON; or `jwksUrl`. */
  jwks?: string | { keys: readonly object[] };
  /** Where the key set is fetched: https, or http on this machine. */
  jwksUrl?: string;
  /** The text of `countersign.toml`, for decisions. */
  policy?: string;
  /** How much the clocks of issuer and verifier may differ; at most 60, by default 30. */
  leewaySeconds?: number;
  /** After how many seconds fetched keys are fetched anew; by default 300. */
  softTtlSeconds?: number;
  /** After how many seconds fetched keys are no longer used; by default 3600. */
  hardTtlSeconds?: number;
  /** The least seconds between two fetches; by default 30. */
  coolDownSeconds?: number;
  /** The clock, in milliseconds since 1970; by default `Date.now`. */
  now?: () => number;
}

const MAX_LEEWAY_SECONDS = 60;

/** Verifies tokens and decides. It keeps no state between calls but its keys. */
export class Verifier {
  /** @internal */
  constructor(
    private readonly component: Component,
    private readonly keys: KeySource,
    private readonly expected: { issuer: string; audience: string; leewaySeconds: number },
    private readonly hasPolicy: boolean,
  ) {}

  /**
   * Verifies an access token. Throws `TokenRefused` with the reason, or `KeysUnavailable`. No
   * malformed token causes a fetch of keys.
   */
  async verify(token: string): Promise<Claims> {
    if (typeof token !== "string") {
      throw new TokenRefused("malformed");
    }
    const signature = this.component.readSignature(token);
    const key = await this.keys.find(signature.keyId);
    const isRight = key ? await key.check(signature.message, signature.bytes) : false;
    const checked = { ...signature, algorithm: key?.algorithm, isRight };
    return this.component.verify(token, this.expected, checked);
  }

  /** Decides whether the subject of verified claims has a permission, `resource:action`. */
  decide(claims: Pick<Claims, "subject" | "roles">, permission: string, owner?: string): Decision {
    if (!this.hasPolicy) {
      throw new InvalidSetting("a decision needs the setting `policy`");
    }
    return this.component.decide({
      subject: claims.subject,
      roles: claims.roles,
      permission,
      owner,
    });
  }

  /** Verifies a token and decides for its subject. */
  async authorize(
    token: string,
    permission: string,
    owner?: string,
  ): Promise<{ claims: Claims; decision: Decision }> {
    const claims = await this.verify(token);
    return { claims, decision: this.decide(claims, permission, owner) };
  }
}

/** Makes a verifier on a platform. Throws `InvalidSetting` or `InvalidKeySet`. */
export async function makeVerifier(platform: Platform, settings: Settings): Promise<Verifier> {
  const { issuer, audience } = settings;
  for (const [name, value] of Object.entries({ issuer, audience })) {
    if (typeof value !== "string" || value === "") {
      throw new InvalidSetting(`\`${name}\` is missing`);
    }
  }
  const expected = { issuer, audience, leewaySeconds: leeway(settings.leewaySeconds ?? 30) };
  const now = settings.now ?? Date.now;
  const modules = await platform.loadModules();
  const roles = policyRoles(modules, now, settings.policy);
  const keys = await keySource(platform, settings, now);
  const component = new Component(modules, now, roles);
  return new Verifier(component, keys, expected, settings.policy !== undefined);
}

function leeway(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_LEEWAY_SECONDS) {
    return seconds;
  }
  throw new InvalidSetting(`\`leewaySeconds\` must be from 0 to ${MAX_LEEWAY_SECONDS}`);
}

function policyRoles(
  modules: Modules,
  now: () => number,
  policy: string | undefined,
): ReadonlyMap<string, Role> {
  if (policy === undefined) {
    return new Map();
  }
  // An instance of its own, because a large policy leaves a large memory behind.
  const compiled = new Component(modules, now, new Map()).compilePolicy(policy);
  if ("roles" in compiled) {
    return new Map(compiled.roles.map((role) => [role.name, role]));
  }
  const lines = compiled.diagnostics.map(
    ({ start, path, reason }) => `${start.line}:${start.column}: ${path}: ${reason}`,
  );
  throw new InvalidSetting(`\`policy\` is not valid:\n${lines.join("\n")}`);
}

async function keySource(
  platform: Platform,
  settings: Settings,
  now: () => number,
): Promise<KeySource> {
  const { jwks, jwksUrl } = settings;
  if ((jwks === undefined) === (jwksUrl === undefined)) {
    throw new InvalidSetting("one of `jwks` and `jwksUrl` is needed, and not both");
  }
  if (jwks !== undefined) {
    const json = typeof jwks === "string" ? jwks : JSON.stringify(jwks);
    return fixedKeys(await parseKeySet(json, platform));
  }
  const url = keySetUrl(jwksUrl ?? "");
  const fetchKeys = async () => parseKeySet(await fetchKeySet(url), platform);
  return new FetchedKeys(fetchKeys, freshness(settings), now);
}

function freshness(settings: Settings) {
  const millis = (name: "softTtlSeconds" | "hardTtlSeconds" | "coolDownSeconds", usual: number) => {
    const seconds = settings[name] ?? usual / 1000;
    if (!(seconds > 0 && seconds <= 86_400)) {
      throw new InvalidSetting(`\`${name}\` must be above 0 and at most 86400`);
    }
    return seconds * 1000;
  };
  const chosen = {
    softTtl: millis("softTtlSeconds", FRESHNESS.softTtl),
    hardTtl: millis("hardTtlSeconds", FRESHNESS.hardTtl),
    coolDown: millis("coolDownSeconds", FRESHNESS.coolDown),
  };
  if (chosen.softTtl > chosen.hardTtl) {
    throw new InvalidSetting("`softTtlSeconds` must not be above `hardTtlSeconds`");
  }
  return chosen;
}
