// An issuer for tests: keys, tokens, and a server of key sets that misbehaves when it is told to.

import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";

export const ISSUER = "https://auth.example.org";
export const AUDIENCE = "orders";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export function makeKey(kid) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { kid, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: "EdDSA" } };
}

export function issue({ kid, privateKey }, changed = {}, header = {}) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUER,
    sub: "alice",
    aud: AUDIENCE,
    client_id: "countersign",
    jti: "j",
    sid: "s",
    roles: ["reader"],
    iat: now,
    exp: now + 600,
    auth_time: now,
    amr: ["pwd"],
    ...changed,
  };
  const input = `${encode({ alg: "EdDSA", kid, typ: "at+jwt", ...header })}.${encode(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}`;
}

export const POLICY = `
[registration]
roles = ["reader"]
[setup]
role = "admin"
[roles.admin]
allow = ["*:*"]
[roles.reader]
allow = ["articles:read"]
allow_own = ["articles:write"]
`;

// `answer` is a function of the request and the response; by default it serves `keys`.
export async function startKeyServer(keys) {
  const served = { keys, fetches: 0, answer: undefined };
  const server = createServer((request, response) => {
    served.fetches += 1;
    if (served.answer) {
      served.answer(request, response);
    } else {
      response.end(JSON.stringify({ keys: served.keys.map(({ jwk }) => jwk) }));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  served.url = `http://127.0.0.1:${server.address().port}/jwks.json`;
  served.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return served;
}
