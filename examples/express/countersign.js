// What an Express service needs of Countersign: who the bearer of a token is, and what they may do.

import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const issuer = process.env.COUNTERSIGN_ISSUER ?? "http://127.0.0.1:8080";
const audience = process.env.COUNTERSIGN_AUDIENCE ?? "documents";
// The URL where this service reaches Countersign.
const url = (process.env.COUNTERSIGN_URL ?? issuer).replace(/\/+$/, "");
const coolDownSeconds = Number(process.env.JWKS_COOL_DOWN_SECONDS ?? "30");

/** How long a call may take, in milliseconds. */
const TIMEOUT = 5000;

// The keys are kept for as long as Countersign's `max-age` says. An unknown key id causes a fetch,
// since the issuer may have rotated its keys, but no second one within the cool-down, since anyone
// can invent ids. One request fetches while the others wait for it.
const keySet = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), {
  cacheMaxAge: 300_000,
  cooldownDuration: coolDownSeconds * 1000,
  timeoutDuration: TIMEOUT,
});

/** An answer other than success; `challenge` is that of RFC 6750 §3. */
class ApiError extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    Object.assign(this, { status, headers });
  }
}

const noToken = () =>
  new ApiError(401, "an access token is needed", { "WWW-Authenticate": "Bearer" });
const invalidToken = () =>
  new ApiError(401, "the access token is not valid", {
    "WWW-Authenticate": 'Bearer error="invalid_token"',
  });
const forbidden = () => new ApiError(403, "you may not do this");
const unavailable = () => new ApiError(503, "try again later", { "Retry-After": "5" });

/** The key that a token's header names. What goes wrong on the way to the keys is not the token's fault. */
async function findKey(header, token) {
  try {
    return await keySet(header, token);
  } catch (error) {
    const aboutToken = [
      errors.JOSENotSupported,
      errors.JWKSMultipleMatchingKeys,
      errors.JWKSNoMatchingKey,
    ];
    throw aboutToken.some((type) => error instanceof type) ? error : unavailable();
  }
}

const isListOfText = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

/** The bearer of a token that is valid now. */
async function verify(token) {
  try {
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: ["EdDSA", "ES256", "RS256"],
      issuer,
      audience,
      typ: "at+jwt",
      requiredClaims: ["sub", "exp"],
      clockTolerance: 30,
    });
    if (!isListOfText(payload.roles)) throw invalidToken();
    return { id: payload.sub, roles: payload.roles };
  } catch (error) {
    throw error instanceof ApiError ? error : invalidToken();
  }
}

/** Middleware for routes of users: sets `request.user`, and `request.token` for calls in their name. */
export async function authenticate(request, response, next) {
  const [, token] = /^Bearer +(\S+)$/i.exec(request.get("authorization") ?? "") ?? [];
  if (!token) throw noToken();
  request.user = await verify(token);
  request.token = token;
  next();
}

/** Asks Countersign, which knows the policy, whether the bearer may do this. */
export async function authorize(request, permission, owner) {
  let answer;
  try {
    answer = await fetch(`${url}/v1/authorize`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${request.token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ permission, owner }),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (answer.status === 401) throw invalidToken();
    // The owner comes from the path of a request, and may be no id of an account.
    if (answer.status === 422) throw forbidden();
    if (!answer.ok) throw unavailable();
    answer = await answer.json();
  } catch (error) {
    throw error instanceof ApiError ? error : unavailable();
  }
  if (answer.allowed !== true) throw forbidden();
}

/** Answers what the functions above throw; the last of the app's middleware. */
export function answerErrors(error, request, response, next) {
  if (!(error instanceof ApiError)) return next(error);
  response.status(error.status).set(error.headers).json({ detail: error.message });
}
