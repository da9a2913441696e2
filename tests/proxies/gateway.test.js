// `countersign gateway` behind real proxies, with the settings that the documentation prints. The
// tokens are those of a real server.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { startServer } from "../browser/server.js";
import {
  FORGERIES,
  IDENTITY,
  ask,
  blockOf,
  claimsOf,
  freePort,
  logIn,
  runProxy,
  startNginx,
  startProgram,
  temporaryFolder,
} from "./program.js";

const BINARY = process.env.COUNTERSIGN_BINARY ?? "target/debug/countersign";
const HAPROXY = process.env.HAPROXY ?? "/usr/sbin/haproxy";
const CADDY = process.env.CADDY ?? "/usr/bin/caddy";
const POLICY = `
[hashing]
scheme = "argon2id"
[registration]
mode = "open"
roles = ["user"]
[roles.admin]
allow = ["*:*"]
[roles.user]
allow = ["articles:read"]

[[routes]]
path = "/articles/{id}"
methods = ["GET"]
permission = "articles:read"
[[routes]]
path = "/articles/{*rest}"
permission = "articles:write"
[[routes]]
path = "/health"
access = "public"
`;

async function startGateway(issuer) {
  const folder = await temporaryFolder();
  const policy = path.join(folder, "policy.toml");
  await writeFile(policy, POLICY);
  const settings = ["--listen", "127.0.0.1:0", "--metrics-listen", "off", "--issuer", issuer, "--policy", policy];
  const gateway = spawn(BINARY, ["gateway", ...settings], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(gateway, "exit");
  let url;
  for await (const line of createInterface({ input: gateway.stdout })) {
    url = line.match(/ judges requests at (http:\S+)$/)?.[1] ?? url;
    if (line.startsWith("  routes")) {
      break;
    }
  }
  assert.ok(url, "the gateway did not start");
  const stop = async () => {
    gateway.kill();
    assert.deepEqual(await ended, [0, null]);
    await rm(folder, { recursive: true });
  };
  return { url, stop };
}

// The block of the page for this language, with the addresses of this test.
async function settings(language, port) {
  return (await blockOf("gateway.md", language))
    .replace(/(127\.0\.0\.1|http:\/\/):8000/, `$1:${port}`)
    .replaceAll("127.0.0.1:8090", new URL(gateway.url).host)
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${program.address().port}`);
}

// Caddy with its block, of which the test changes a part.
async function startCaddy(port, change = (block) => block) {
  const folder = await temporaryFolder();
  const file = path.join(folder, "Caddyfile");
  await writeFile(file, `{\n admin off\n}\n${change(await settings("caddy", port))}`);
  const homes = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  return runProxy([CADDY, "run", "--adapter", "caddyfile", "--config", file], port, folder, homes);
}

const PROXIES = {
  nginx: {
    program: process.env.NGINX ?? "/usr/sbin/nginx",
    start: async (port) => startNginx(await settings("nginx", port), port),
  },
  Caddy: {
    program: CADDY,
    start: (port) => startCaddy(port),
  },
  HAProxy: {
    program: HAPROXY,
    start: async (port) => {
      const folder = await temporaryFolder();
      const [file, script] = [path.join(folder, "haproxy.cfg"), path.join(folder, "gate.lua")];
      await writeFile(script, await settings("lua", port));
      await writeFile(file, (await settings("haproxy", port)).replace("/etc/haproxy/gate.lua", script));
      return runProxy([HAPROXY, "-db", "-f", file], port, folder);
    },
  },
};

// Why the tests of a proxy are left out, if they are.
const lacks = (name) =>
  !existsSync(PROXIES[name].program) && process.env.CI !== "true" && `${name} is missing`;

let service;
let gateway;
let program;
let admin;
let user;

before(async () => {
  [service, program] = await Promise.all([startServer(POLICY), startProgram()]);
  gateway = await startGateway(service.url);
  ({ admin, user } = await logIn(service));
});

after(async () => {
  program?.close();
  await gateway?.stop();
  await service?.stop();
});

for (const [name, { start }] of Object.entries(PROXIES)) {
  describe(name, { skip: lacks(name) }, () => {
    let proxy;
    before(async () => (proxy = await start(await freePort())));
    after(() => proxy?.stop());
    const send = (token, target, lines = []) =>
      ask(proxy.port, token ? [`Authorization: Bearer ${token}`, ...lines] : lines, target);

    test("those pass whom a route allows, and the program hears who they are", async () => {
      for (const [token, target, roles] of [
        [user, "GET /articles/1?page=2", "user"],
        [admin, "GET /articles/1", "admin"],
        [admin, "DELETE /articles/1", "admin"],
      ]) {
        const answer = await send(token, target);
        assert.equal(answer.status, 200, target);
        const { sub, sid, client_id } = claimsOf(token);
        assert.deepEqual(IDENTITY.map(answer.of), [[sub], [roles], [client_id], [sid]]);
        assert.deepEqual(answer.of("authorization"), []);
      }
    });

    test("all others are refused before the program hears of them", async () => {
      const before = program.requests;
      for (const [token, target, status, challenge] of [
        ["", "GET /articles/1", 401, /\nwww-authenticate: Bearer/i],
        ["a.b.c", "GET /articles/1", 401, /invalid_token/],
        [`${user}x`, "GET /articles/1", 401, /invalid_token/],
        [user, "DELETE /articles/1", 403, /./],
        [user, "GET /articles/1/comments", 403, /./],
        [admin, "GET /other", 403, /./],
        ["", "GET /health/../articles/1", 403, /./],
        ["", "GET /articles/..%2fhealth", 403, /./],
      ]) {
        const answer = await send(token, target);
        // Of a path that leads out of itself some proxies make another one, which the gateway then judges.
        const statuses = target.includes("..") ? [status, 400, 401] : [status];
        assert.ok(statuses.includes(answer.status), `${target}: ${answer.status}`);
        assert.match(answer.head, challenge);
      }
      const two = await send(user, "GET /articles/1", [`Authorization: Bearer ${admin}`]);
      assert.ok([400, 401].includes(two.status), `two tokens: ${two.status}`);
      assert.equal(program.requests, before);
    });

    test("no client can forge an identity or another request", async () => {
      const { sub } = claimsOf(user);
      for (const forged of FORGERIES) {
        const answer = await send(user, "GET /articles/1", forged);
        if (answer.status !== 400) {
          assert.deepEqual(answer.of("x-auth-subject"), [sub], forged.join());
          assert.deepEqual(answer.of("x-auth-roles"), ["user"], forged.join());
        }
        const anonymous = await send("", "GET /health", forged);
        assert.ok([200, 400].includes(anonymous.status));
        for (const header of IDENTITY) {
          assert.deepEqual(anonymous.of(header).join(""), "", `${header}: ${forged.join()}`);
        }
      }
      for (const forged of [
        ["X-Forwarded-Method: GET"],
        ["X-Forwarded-Uri: /health"],
        ["X-Forwarded-Uri: /health", "X-Forwarded-Method: GET", "X-Forwarded-For: 127.0.0.1"],
        ["X_Forwarded_Uri: /health", "X-Original-Url: /health"],
        ["Connection: x-forwarded-uri, x-forwarded-method"],
      ]) {
        const answer = await send(user, "DELETE /articles/1", forged);
        assert.ok([400, 403].includes(answer.status), `${forged.join()}: ${answer.status}`);
      }
    });
  });
}

test("Caddy may repeat the query of the client", { skip: lacks("Caddy") }, async () => {
  const proxy = await startCaddy(await freePort(), (block) => block.replace("forward-auth?", "forward-auth"));
  try {
    for (const [query, status] of [
      ["page=2&q=a+b%20c", 200],
      ["q=%ff&page", 200],
      ["permission=articles:read", 200],
      ["permission=articles:write", 403],
    ]) {
      const answer = await ask(proxy.port, [`Authorization: Bearer ${user}`], `GET /articles/1?${query}`);
      assert.equal(answer.status, status, query);
    }
  } finally {
    await proxy.stop();
  }
});

describe("a gateway that is away", () => {
  for (const [name, { start }] of Object.entries(PROXIES)) {
    test(`lets nobody pass behind ${name}`, { skip: lacks(name) }, async () => {
      const proxy = await start(await freePort());
      await gateway.stop();
      const before = program.requests;
      const answer = await ask(proxy.port, [`Authorization: Bearer ${admin}`]);
      assert.ok(answer.status >= 500, `${answer.status}`);
      assert.equal(program.requests, before);
      await proxy.stop();
      gateway = await startGateway(service.url);
    });
  }
});
