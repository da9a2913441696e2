// What every handler does with the header `Authorization`: the claims, or the answer that refuses.

import type { Claims } from "../component.js";
import { ComponentFailed, KeysUnavailable, TokenRefused } from "../errors.js";
import type { Verifier } from "../verifier.js";

/** What a route demands of the bearer of a token. */
export interface Demand {
  /** The permission that the policy has to allow, `resource:action`; without one, any valid token will do. */
  permission?: string;
}

/** An answer that refuses a request (RFC 6750 §3, RFC 9457). */
export interface Refusal {
  status: 401 | 403 | 503;
  headers: Record<string, string>;
  body: string;
}

const SCHEME = /^bearer +/i;
/** `b64token` of RFC 6750 §2.1. */
const TOKEN = /^[\w\-.~+/]+=*$/;

/** Judges the values of the header `Authorization`. */
export async function judge(
  verifier: Verifier,
  headers: readonly string[],
  demand: Demand,
): Promise<{ claims: Claims } | { refusal: Refusal }> {
  const [header, ...others] = headers;
  if (header === undefined) {
    return { refusal: unauthorized("Bearer", "a token is needed") };
  }
  const token = header.replace(SCHEME, "");
  if (others.length > 0 || token === header || !TOKEN.test(token)) {
    return { refusal: refused("the header Authorization holds no single bearer token") };
  }
  try {
    const claims = await verifier.verify(token);
    const { permission } = demand;
    if (permission !== undefined && !verifier.decide(claims, permission).allowed) {
      return { refusal: forbidden(permission) };
    }
    return { claims };
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof TokenRefused) {
    return refused(`the token is refused: ${error.reason}`);
  }
  if (error instanceof KeysUnavailable || error instanceof ComponentFailed) {
    const seconds = error instanceof KeysUnavailable ? error.retryAfterSeconds : 1;
    const headers = { "retry-after": String(seconds) };
    return problem(503, "Service Unavailable", "tokens cannot be checked now", headers);
  }
  throw error;
}

function refused(detail: string): Refusal {
  return unauthorized(`Bearer error="invalid_token", error_description="${detail}"`, detail);
}

function unauthorized(challenge: string, detail: string): Refusal {
  return problem(401, "Unauthorized", detail, { "www-authenticate": challenge });
}

function forbidden(permission: string): Refusal {
  const challenge = 'Bearer error="insufficient_scope"';
  const detail = `the permission ${permission} is missing`;
  return problem(403, "Forbidden", detail, { "www-authenticate": challenge });
}

function problem(
  status: Refusal["status"],
  title: string,
  detail: string,
  headers: Record<string, string>,
): Refusal {
  return {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
    body: JSON.stringify({ title, status, detail }),
  };
}
