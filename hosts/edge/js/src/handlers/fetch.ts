// Handlers for servers of the Fetch API: Hono, Cloudflare Workers, Deno, Bun.

import type { Claims } from "../component.js";
import type { Verifier } from "../verifier.js";
import { judge } from "./gate.js";
import type { Demand } from "./gate.js";

export type { Demand } from "./gate.js";

/** The claims of the bearer, or the answer that refuses the request. */
export async function authenticate(
  verifier: Verifier,
  request: Request,
  demand: Demand = {},
): Promise<{ claims: Claims } | { response: Response }> {
  // Two such headers arrive joined by a comma, which is in no token.
  const header = request.headers.get("authorization");
  const judged = await judge(verifier, header === null ? [] : [header], demand);
  if ("claims" in judged) {
    return judged;
  }
  const { status, headers, body } = judged.refusal;
  return { response: new Response(body, { status, headers }) };
}

/** What is used of Hono's context. */
interface Context {
  req: { raw: Request };
  set(key: "auth", claims: Claims): void;
}

/** Middleware for Hono: sets `auth`, or answers. A worker may give a promise of its verifier. */
export function honoGuard(verifier: Verifier | Promise<Verifier>, demand: Demand = {}) {
  return async (context: Context, next: () => Promise<void>): Promise<Response | void> => {
    const judged = await authenticate(await verifier, context.req.raw, demand);
    if ("response" in judged) {
      return judged.response;
    }
    context.set("auth", judged.claims);
    await next();
  };
}
