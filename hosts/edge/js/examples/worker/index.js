// A Cloudflare Worker that lets the bearers of valid tokens in: `npx wrangler dev`.

import { createVerifier } from "@countersign/edge";
import { authenticate } from "@countersign/edge/fetch";
import policy from "./policy.js";

// Made by the first request, since a worker does nothing before it.
let verifier;

export default {
  async fetch(request, { ISSUER, AUDIENCE }) {
    verifier ??= createVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwksUrl: `${ISSUER}/.well-known/jwks.json`,
      policy,
    });
    const judged = await authenticate(await verifier, request, { permission: "articles:read" });
    if ("response" in judged) {
      return judged.response;
    }
    return Response.json({ reader: judged.claims.subject });
  },
};
