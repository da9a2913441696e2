// nginx with the settings that the documentation prints, asking the server itself.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer } from "../browser/server.js";
import {
  FORGERIES,
  IDENTITY,
  ask as askAt,
  blockOf,
  claimsOf,
  freePort,
  logIn,
  startNginx,
  startProgram,
} from "./program.js";

const POLICY = `
[hashing]
scheme = "argon2id"
[registration]
mode = "open"
roles = ["user"]
[roles.admin]
allow = ["*:*"]
[roles.user]
allow = ["articles:list"]
`;

let service;
let program;
let proxy;
let admin;
let user;

before(async () => {
  [service, program] = await Promise.all([startServer(POLICY), startProgram()]);
  const port = await freePort();
  const block = (await blockOf("forward-auth.md", "nginx"))
    .replace("127.0.0.1:8000", `127.0.0.1:${port}`)
    .replace("127.0.0.1:8080", new URL(service.url).host)
    .replace("127.0.0.1:3000", `127.0.0.1:${program.address().port}`);
  proxy = await startNginx(block, port);
  ({ admin, user } = await logIn(service));
});

after(async () => {
  program?.close();
  await proxy?.stop();
  await service?.stop();
});

const ask = (lines) => askAt(proxy.port, lines);

test("nginx lets those in whom the policy allows, and says who they are", async () => {
  const answer = await ask([`Authorization: Bearer ${admin}`]);
  assert.equal(answer.status, 200);
  const { sub, sid, client_id } = claimsOf(admin);
  assert.deepEqual(IDENTITY.map(answer.of), [[sub], ["admin"], [client_id], [sid]]);
  assert.deepEqual(answer.of("authorization"), []);
});

test("nginx refuses all others before the program hears of them", async () => {
  const before = program.requests;
  for (const [lines, status, challenge] of [
    [[], 401, /\nwww-authenticate: Bearer/i],
    [["Authorization: Bearer a.b.c"], 401, /invalid_token/],
    [["Authorization: Basic YTpi"], 401, /\nwww-authenticate: Bearer/i],
    [[`Authorization: Bearer ${admin}x`], 401, /invalid_token/],
    [[`Authorization: Bearer ${admin}`, `Authorization: Bearer ${admin}`], 400, /./],
    [[`Authorization: Bearer ${user}`], 403, /./],
    [["X-Auth-Subject: ada", "X-Auth-Roles: admin"], 401, /./],
  ]) {
    const answer = await ask(lines);
    assert.equal(answer.status, status, lines.join());
    assert.match(answer.head, challenge);
  }
  assert.equal(program.requests, before);
});

test("no client can forge an identity", async () => {
  const own = claimsOf(admin).sub;
  for (const forged of FORGERIES) {
    const answer = await ask([`Authorization: Bearer ${admin}`, ...forged]);
    if (answer.status !== 400) {
      assert.deepEqual(answer.of("x-auth-subject"), [own], forged.join());
      assert.deepEqual(answer.of("x-auth-roles"), ["admin"], forged.join());
    }
  }
});

test("nobody passes while the service is away", async () => {
  const before = program.requests;
  await service.stop();
  service = undefined;
  assert.equal((await ask([`Authorization: Bearer ${admin}`])).status, 500);
  assert.equal(program.requests, before);
});
