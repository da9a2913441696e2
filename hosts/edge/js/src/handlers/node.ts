// Handlers for Node's HTTP server, Express and Fastify.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Claims } from "../component.js";
import type { Verifier } from "../verifier.js";
import { judge } from "./gate.js";
import type { Demand } from "./gate.js";

export type { Demand } from "./gate.js";

/** A request whose token was verified. */
export interface Authenticated {
  auth: Claims;
}

/**
 * Middleware for Node's HTTP server and Express: sets `request.auth` and calls `next`, or answers
 * 401, 403 or 503. Errors of the programmer, as a malformed permission, go to `next`.
 */
export function protect(verifier: Verifier, demand: Demand = {}) {
  return async (
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> => {
    try {
      const judged = await judge(verifier, authorizations(request), demand);
      if ("claims" in judged) {
        (request as IncomingMessage & Authenticated).auth = judged.claims;
        next();
        return;
      }
      const { status, headers, body } = judged.refusal;
      response.writeHead(status, headers).end(body);
    } catch (error) {
      next(error);
    }
  };
}

/** What is used of Fastify's reply. */
interface Reply {
  code(status: number): this;
  headers(values: Record<string, string>): this;
  send(payload: string): this;
}

/** A hook `preHandler` or `onRequest` for Fastify: sets `request.auth`, or answers. */
export function fastifyGuard(verifier: Verifier, demand: Demand = {}) {
  return async <R extends Reply>(request: { raw: IncomingMessage }, reply: R): Promise<R | void> => {
    const judged = await judge(verifier, authorizations(request.raw), demand);
    if ("claims" in judged) {
      (request as unknown as Authenticated).auth = judged.claims;
      return;
    }
    const { status, headers, body } = judged.refusal;
    return reply.code(status).headers(headers).send(body);
  };
}

/** All values of the header: `request.headers` would keep the first and hide the others. */
function authorizations(request: IncomingMessage): readonly string[] {
  return request.headersDistinct["authorization"] ?? [];
}
