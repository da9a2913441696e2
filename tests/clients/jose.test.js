// jose accepts what a server issues, and refuses what was forged or is meant for another verifier.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const servers = JSON.parse(process.env.SERVERS);
const DAY = 24 * 60 * 60 * 1000;
const requiredClaims = [
  "iss", "sub", "aud", "exp", "iat", "jti", "client_id", "roles", "sid", "auth_time", "amr",
];

async function keysOf({ issuer }) {
  const answer = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
  const metadata = await answer.json();
  assert.equal(metadata.issuer, issuer);
  return createRemoteJWKSet(new URL(metadata.jwks_uri));
}

/** Verifies as a service that trusts this server does, unless `other` expects something else. */
async function verify(server, token, other = {}) {
  const expected = {
    algorithms: [server.algorithm],
    issuer: server.issuer,
    audience: server.audience,
    typ: "at+jwt",
    requiredClaims,
  };
  return jwtVerify(token, await keysOf(server), { ...expected, ...other });
}

const otherExpectations = {
  issuer: { issuer: "https://other.example" },
  audience: { audience: "another" },
  type: { typ: "JWT" },
  time: { currentDate: new Date(Date.now() + DAY) },
  algorithm: { algorithms: ["PS256"] },
};

for (const server of servers) {
  describe(server.algorithm, () => {
    test("accepts an issued token", async () => {
      const { payload, protectedHeader } = await verify(server, server.token);
      assert.equal(protectedHeader.alg, server.algorithm);
      assert.deepEqual(payload.roles, ["admin"]);
    });

    for (const [name, token] of Object.entries(server.forgeries)) {
      test(`refuses a forgery: ${name}`, async () => {
        await assert.rejects(verify(server, token), errors.JOSEError);
      });
    }

    for (const [name, other] of Object.entries(otherExpectations)) {
      test(`refuses a token for another ${name}`, async () => {
        await assert.rejects(verify(server, server.token, other), errors.JOSEError);
      });
    }

    for (const { token, algorithm } of servers.filter((other) => other !== server)) {
      test(`refuses the token of a server with ${algorithm}`, async () => {
        await assert.rejects(verify(server, token), errors.JOSEError);
      });
    }
  });
}
