// A viewer request of Lambda@Edge. Its settings are baked in by `bin/lambda-edge.js`, since a function
// at the edge has no environment.

import type { Claims } from "../component.js";
import type { Verifier } from "../verifier.js";
import { judge } from "./gate.js";
import type { Demand, Refusal } from "./gate.js";

/** What the function demands, and where browsers log in. */
export interface EdgeDemand extends Demand {
  /** The cookie that holds the token when there is no header `Authorization`. */
  cookie?: string;
  /** Where a browser is sent to log in; the address that it asked for becomes the parameter `next`. */
  loginUrl?: string;
}

type Headers = Record<string, { key?: string; value: string }[]>;

/** What is used of a request of CloudFront. */
interface EdgeRequest {
  method: string;
  uri: string;
  querystring: string;
  headers: Headers;
}

interface EdgeResponse {
  status: string;
  headers: Headers;
  body: string;
}

interface EdgeEvent {
  Records: { cf: { request: EdgeRequest } }[];
}

/**
 * The handler: passes a request on with the headers `x-auth-*` of its bearer, or answers 401, 403 or
 * 503. A browser without a valid token is sent to `loginUrl`.
 */
export function viewerRequest(verifier: Promise<Verifier>, demand: EdgeDemand = {}) {
  // An error of the start is reported by the first invocation and not as an unhandled rejection.
  verifier.catch(() => undefined);
  return async (event: EdgeEvent): Promise<EdgeRequest | EdgeResponse> => {
    const request = event.Records[0]!.cf.request;
    const judged = await judge(await verifier, credentials(request.headers, demand.cookie), demand);
    if ("refusal" in judged) {
      const { refusal } = judged;
      const login = refusal.status === 401 && isBrowser(request) ? demand.loginUrl : undefined;
      return login === undefined ? answer(refusal) : redirect(login, request);
    }
    return { ...request, headers: withIdentity(request.headers, judged.claims) };
  };
}

/** The values of `Authorization`; without any, that of the cookie in the same form. */
function credentials(headers: Headers, cookie: string | undefined): string[] {
  const bearers = (headers["authorization"] ?? []).map(({ value }) => value);
  if (bearers.length > 0 || cookie === undefined) {
    return bearers;
  }
  return (headers["cookie"] ?? [])
    .flatMap(({ value }) => value.split(";"))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${cookie}=`))
    .map((pair) => `Bearer ${pair.slice(cookie.length + 1)}`);
}

function isBrowser({ method, headers }: EdgeRequest): boolean {
  const accepted = (headers["accept"] ?? []).map(({ value }) => value).join();
  return method === "GET" && accepted.includes("text/html");
}

/** The headers without any identity that the client sent, also not with underscores. */
function withIdentity(headers: Headers, claims: Claims): Headers {
  const kept = Object.entries(headers).filter(
    ([name]) => !name.toLowerCase().replaceAll("_", "-").startsWith("x-auth-"),
  );
  const identity = {
    "x-auth-subject": claims.subject,
    "x-auth-roles": claims.roles.join(","),
    "x-auth-client": claims.clientId,
    "x-auth-session": claims.sessionId,
  };
  return { ...Object.fromEntries(kept), ...listed(identity) };
}

function listed(headers: Record<string, string>): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([key, value]) => [key, [{ key, value }]]),
  );
}

function answer({ status, headers, body }: Refusal): EdgeResponse {
  return { status: String(status), headers: listed(headers), body };
}

function redirect(login: string, { uri, querystring }: EdgeRequest): EdgeResponse {
  const location = new URL(login);
  location.searchParams.set("next", querystring ? `${uri}?${querystring}` : uri);
  const headers = { location: location.href, "cache-control": "no-store" };
  return { status: "302", headers: listed(headers), body: "" };
}
