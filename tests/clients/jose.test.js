// jose accepts what a server issues and refuses what was forged or is not for it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const gates = JSON.parse(process.env.GATES);
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

/** Verifies as a gate of the server does, expecting what is right unless told otherwise. */
async function verify(gate, token, other = {}) {
  const { algorithm, issuer, audience } = gate;
  const right = { algorithms: [algorithm], issuer, audience, typ: "at+jwt", requiredClaims };
  return jwtVerify(token, await keysOf(gate), { ...right, ...other });
}

const otherGates = {
  issuer: { issuer: "https://elsewhere.example" },
  audience: { audience: "elsewhere" },
  type: { typ: "JWT" },
  time: { currentDate: new Date(Date.now() + DAY) },
  algorithm: { algorithms: ["PS256"] },
};

for (const gate of gates) {
  describe(gate.algorithm, () => {
    test("accepts an issued token", async () => {
      const { payload, protectedHeader } = await verify(gate, gate.token);
      assert.equal(protectedHeader.alg, gate.algorithm);
      assert.deepEqual(payload.roles, ["admin"]);
    });

    for (const [name, token] of Object.entries(gate.forgeries)) {
      test(`refuses a forgery: ${name}`, async () => {
        await assert.rejects(verify(gate, token), errors.JOSEError);
      });
    }

    for (const [name, other] of Object.entries(otherGates)) {
      test(`refuses a token for another ${name}`, async () => {
        await assert.rejects(verify(gate, gate.token, other), errors.JOSEError);
      });
    }

    for (const { token, algorithm } of gates.filter((other) => other !== gate)) {
      test(`refuses the token of a server with ${algorithm}`, async () => {
        await assert.rejects(verify(gate, token), errors.JOSEError);
      });
    }
  });
}
