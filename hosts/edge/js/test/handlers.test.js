import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { createVerifier } from "@countersign/edge";
import { honoGuard } from "@countersign/edge/fetch";
import { fastifyGuard, protect } from "@countersign/edge/node";
import { AUDIENCE, ISSUER, POLICY, issue, makeKey } from "./issuer.js";

const key = makeKey("a");
const common = { issuer: ISSUER, audience: AUDIENCE, policy: POLICY };
const verifier = await createVerifier({ ...common, jwks: { keys: [key.jwk] } });
const keyless = await createVerifier({ ...common, jwksUrl: "http://127.0.0.1:9/jwks.json" });
const read = { permission: "articles:read" };
const write = { permission: "articles:write" };

async function listen(t, server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

// Each makes a server with the routes /read, /write and /keyless, and returns how to ask it.
const SERVERS = {
  async "Node HTTP"(t) {
    const guards = { "/read": protect(verifier, read), "/write": protect(verifier, write), "/keyless": protect(keyless, read) };
    const server = createServer((request, response) =>
      guards[request.url](request, response, () => response.end(request.auth.subject)),
    );
    const url = await listen(t, server);
    return (path, headers) => fetch(url + path, { headers });
  },
  async Express(t) {
    const app = express();
    const answer = (request, response) => response.send(request.auth.subject);
    app.get("/read", protect(verifier, read), answer);
    app.get("/write", protect(verifier, write), answer);
    app.get("/keyless", protect(keyless, read), answer);
    const url = await listen(t, createServer(app));
    return (path, headers) => fetch(url + path, { headers });
  },
  async Fastify(t) {
    const app = Fastify();
    t.after(() => app.close());
    const answer = async (request) => request.auth.subject;
    app.get("/read", { preHandler: fastifyGuard(verifier, read) }, answer);
    app.get("/write", { preHandler: fastifyGuard(verifier, write) }, answer);
    app.get("/keyless", { preHandler: fastifyGuard(keyless, read) }, answer);
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return (path, headers) => fetch(url + path, { headers });
  },
  async Hono() {
    const app = new Hono();
    const answer = (context) => context.text(context.get("auth").subject);
    app.get("/read", honoGuard(verifier, read), answer);
    app.get("/write", honoGuard(verifier, write), answer);
    app.get("/keyless", honoGuard(keyless, read), answer);
    return (path, headers) => app.request(path, { headers });
  },
};

for (const [name, start] of Object.entries(SERVERS)) {
  test(`${name} lets good tokens in and says what is wrong with others`, async (t) => {
    const ask = await start(t);
    const bearer = (token, scheme = "Bearer") => ({ authorization: `${scheme} ${token}` });
    const token = issue(key);
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      const answer = await ask("/read", bearer(token, scheme));
      assert.deepEqual([answer.status, await answer.text()], [200, "alice"], scheme);
    }
    for (const [path, headers, status, challenge] of [
      ["/read", {}, 401, "Bearer"],
      ["/read", bearer(token, "Basic"), 401, /invalid_token/],
      ["/read", bearer(`${token} ${token}`), 401, /invalid_token/],
      ["/read", bearer(""), 401, /invalid_token/],
      ["/read", bearer(issue(key, { exp: 1, iat: 0 })), 401, /error="invalid_token".*expired/],
      ["/read", bearer(issue(makeKey("b"))), 401, /unknown-key/],
      ["/write", bearer(token), 403, /insufficient_scope/],
      ["/keyless", bearer(token), 503, null],
    ]) {
      const answer = await ask(path, headers);
      assert.equal(answer.status, status);
      // Fastify adds a character set.
      assert.match(answer.headers.get("content-type"), /^application\/problem\+json\b/);
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.equal(answer.headers.get("retry-after"), status === 503 ? "1" : null);
      assert.equal((await answer.json()).status, status);
      const given = answer.headers.get("www-authenticate");
      assert.ok(challenge instanceof RegExp ? challenge.test(given) : given === challenge, given);
    }
  });
}

test("a request with two tokens is refused", async (t) => {
  const guard = protect(verifier, read);
  const server = createServer((request, response) => guard(request, response, () => response.end()));
  const { hostname, port } = new URL(await listen(t, server));
  const socket = connect(Number(port), hostname);
  const header = `Authorization: Bearer ${issue(key)}\r\n`;
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}${header}\r\n`);
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1\.1 401 /);
});
