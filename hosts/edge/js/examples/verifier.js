// What the examples beside this file share: a verifier of the service that the environment names.

import { readFileSync } from "node:fs";
import { createVerifier } from "@countersign/edge";

const issuer = process.env.COUNTERSIGN_ISSUER ?? "http://127.0.0.1:8080";
const policy = process.env.COUNTERSIGN_POLICY ?? new URL("countersign.toml", import.meta.url);

export const verifier = await createVerifier({
  issuer,
  audience: process.env.COUNTERSIGN_AUDIENCE ?? "countersign",
  jwksUrl: `${issuer}/.well-known/jwks.json`,
  policy: readFileSync(policy, "utf8"),
});

export const port = Number(process.env.PORT ?? 9000);
export const readers = { permission: "articles:read" };
