// The table of the documentation says which library for JavaScript verifies which algorithm.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createVerifier } from "fast-jwt";
import buildGetJwks from "get-jwks";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import jwksRsa from "jwks-rsa";

const servers = JSON.parse(process.env.SERVERS);
const page = new URL("../../docs/how-to/check-tokens.md", import.meta.url);
const PATH = "/.well-known/jwks.json";

const libraries = {
  async jose({ issuer, token, algorithm }) {
    const keys = createRemoteJWKSet(new URL(issuer + PATH));
    return (await jwtVerify(token, keys, { algorithms: [algorithm] })).payload;
  },
  async "jsonwebtoken 9.0 with jwks-rsa"({ issuer, token, algorithm }) {
    const client = jwksRsa({ jwksUri: issuer + PATH });
    const key = await client.getSigningKey(decodeProtectedHeader(token).kid);
    return jsonwebtoken.verify(token, key.getPublicKey(), { algorithms: [algorithm] });
  },
  async "fast-jwt 6.3 with get-jwks"({ issuer, token, algorithm }) {
    const keys = buildGetJwks({ jwksPath: PATH });
    const key = ({ header }) =>
      keys.getPublicKey({ kid: header.kid, alg: header.alg, domain: issuer });
    return createVerifier({ algorithms: [algorithm], key })(token);
  },
};

/** The cells of the row whose first cell begins like this, the first left out. */
function row(text, begin) {
  const line = text.split("\n").find((line) => line.startsWith(`| ${begin} `));
  return line.split("|").slice(2, -1).map((cell) => cell.trim());
}

const text = await readFile(page, "utf8");
const algorithms = row(text, "verifier");

for (const [name, verify] of Object.entries(libraries)) {
  const cells = row(text, name);
  for (const server of servers) {
    const verifies = cells[algorithms.indexOf(server.algorithm)] === "yes";
    const says = verifies ? "verifies" : "does not verify";
    test(`${name} ${says} ${server.algorithm}`, async () => {
      const claims = await verify(server).catch((error) => error);
      assert.equal(claims.iss === server.issuer, verifies, claims);
    });
  }
}
