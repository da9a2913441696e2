// nginx with the settings that the documentation prints, in front of a program that tells what arrives.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { startServer } from "../browser/server.js";

const NGINX = process.env.NGINX ?? "/usr/sbin/nginx";
const PASSWORD = "a long and quiet evening";
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
const IDENTITY = ["x-auth-subject", "x-auth-roles", "x-auth-client", "x-auth-session"];

let service;
let program;
let proxy;
let admin;
let user;

const post = (call, body) =>
  fetch(service.url + call, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function login(email) {
  const answer = await post("/v1/login", { email, password: PASSWORD });
  assert.equal(answer.status, 200);
  return (await answer.json()).access_token;
}

// A program that answers with the headers that it got.
async function startProgram() {
  const server = createServer((request, response) => {
    server.requests += 1;
    response.end(JSON.stringify(request.rawHeaders));
  });
  server.requests = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// The settings of the page, with the addresses of this test.
async function startProxy() {
  const page = await readFile(new URL("../../docs/how-to/forward-auth.md", import.meta.url), "utf8");
  const port = await freePort();
  const block = page
    .match(/```nginx\n(.*?)```/s)[1]
    .replace("127.0.0.1:8000", `127.0.0.1:${port}`)
    .replace("127.0.0.1:8080", new URL(service.url).host)
    .replace("127.0.0.1:3000", `127.0.0.1:${program.address().port}`);
  const folder = await mkdtemp(path.join(tmpdir(), "countersign-nginx-"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n");
  const settings = `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
    events {} http { access_log off; ${temporary} ${block} }`;
  await writeFile(path.join(folder, "nginx.conf"), settings);
  const options = ["-p", folder, "-c", path.join(folder, "nginx.conf")];
  execFileSync(NGINX, ["-t", "-q", ...options]);
  const nginx = spawn(NGINX, options, { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(url).catch(() => undefined))) {
    assert.equal(nginx.exitCode, null, "nginx ended");
  }
  const stop = async () => {
    const ended = once(nginx, "exit");
    nginx.kill();
    await ended;
    await rm(folder, { recursive: true });
  };
  return { url, port, stop };
}

before(async () => {
  [service, program] = await Promise.all([startServer(POLICY), startProgram()]);
  proxy = await startProxy();
  const [, token] = service.setup.split("#setup=");
  const made = await post("/v1/setup", { token, email: "ada@example.com", password: PASSWORD });
  assert.equal(made.status, 201);
  await post("/v1/register", { email: "bob@example.com", password: PASSWORD });
  [admin, user] = [await login("ada@example.com"), await login("bob@example.com")];
});

after(async () => {
  program?.close();
  await proxy?.stop();
  await service?.stop();
});

// Sends a request as it stands, and returns its status and the headers that arrived behind the proxy.
async function ask(lines) {
  const socket = connect(proxy.port, "127.0.0.1");
  // Not ended: nginx takes a half-closed connection for a client that gave up.
  socket.write(["GET /articles/1 HTTP/1.1", "Host: shop.test", "Connection: close", ...lines, "", ""].join("\r\n"));
  let answer = "";
  for await (const part of socket) {
    answer += part;
  }
  const [head] = answer.split("\r\n\r\n");
  const status = Number(head.split(" ")[1]);
  const names = status === 200 ? JSON.parse(answer.slice(answer.indexOf("["), answer.lastIndexOf("]") + 1)) : [];
  const arrived = names.flatMap((name, at) => (at % 2 ? [] : [[name.toLowerCase().replaceAll("_", "-"), names[at + 1]]]));
  return { status, head, of: (name) => arrived.filter(([other]) => other === name).map(([, value]) => value) };
}

test("nginx lets those in whom the policy allows, and says who they are", async () => {
  const answer = await ask([`Authorization: Bearer ${admin}`]);
  assert.equal(answer.status, 200);
  const { sub, sid, client_id } = JSON.parse(Buffer.from(admin.split(".")[1], "base64url"));
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
  const own = JSON.parse(Buffer.from(admin.split(".")[1], "base64url")).sub;
  for (const forged of [
    ["X-Auth-Subject: mallory", "X-Auth-Roles: root"],
    ["x-AUTH-subject: mallory", "X-Auth-Subject: mallory", "X-Auth-Roles: root", "X-Auth-Roles: root"],
    ["X_Auth_Subject: mallory", "X_Auth_Roles: root", "X-Auth_Subject: mallory"],
    ["Connection: x-auth-subject, x-auth-roles", "Connection: x-auth-session"],
    ["X-Auth-Subject:", "X-Auth-Roles :root"],
  ]) {
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
