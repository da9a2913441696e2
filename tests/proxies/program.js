// What the proxies stand between: a program that tells what arrives, and clients that send any bytes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

export const IDENTITY = ["x-auth-subject", "x-auth-roles", "x-auth-client", "x-auth-session"];
export const PASSWORD = "a long and quiet evening";

// A program that answers with the headers that it got.
export async function startProgram() {
  const server = createServer((request, response) => {
    server.requests += 1;
    response.end(JSON.stringify(request.rawHeaders));
  });
  server.requests = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// The block of a page in this language.
export async function blockOf(page, language) {
  const text = await readFile(new URL(`../../docs/how-to/${page}`, import.meta.url), "utf8");
  return text.match(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s"))[1];
}

export async function temporaryFolder() {
  return mkdtemp(path.join(tmpdir(), "countersign-proxy-"));
}

// Runs a proxy until it answers at all.
export async function runProxy(words, port, folder, environment = {}) {
  const proxy = spawn(words[0], words.slice(1), {
    stdio: "ignore",
    env: { ...process.env, ...environment },
  });
  const stop = async () => {
    const ended = once(proxy, "exit");
    proxy.kill();
    await ended;
    await rm(folder, { recursive: true });
  };
  while (!(await fetch(`http://127.0.0.1:${port}`).catch(() => undefined))) {
    assert.equal(proxy.exitCode, null, `${words[0]} ended`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { port, stop };
}

// nginx with this block within `http`.
export async function startNginx(block, port) {
  const folder = await temporaryFolder();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n");
  const settings = `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
    events {} http { access_log off; ${temporary} ${block} }`;
  await writeFile(path.join(folder, "nginx.conf"), settings);
  const nginx = process.env.NGINX ?? "/usr/sbin/nginx";
  return runProxy([nginx, "-p", folder, "-c", path.join(folder, "nginx.conf")], port, folder);
}

// Sends a request as it stands, and returns its status and the headers that arrived behind the proxy.
export async function ask(port, lines, target = "GET /articles/1") {
  const socket = connect(port, "127.0.0.1");
  // Not ended: nginx takes a half-closed connection for a client that gave up.
  socket.write([`${target} HTTP/1.1`, "Host: shop.test", "Connection: close", ...lines, "", ""].join("\r\n"));
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

// The tokens of an administrator and of another user, `admin` and `user`, of a fresh server.
export async function logIn(service) {
  const post = (call, body) =>
    fetch(service.url + call, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const login = async (email) => {
    const answer = await post("/v1/login", { email, password: PASSWORD });
    assert.equal(answer.status, 200);
    return (await answer.json()).access_token;
  };
  const [, token] = service.setup.split("#setup=");
  const made = await post("/v1/setup", { token, email: "ada@example.com", password: PASSWORD });
  assert.equal(made.status, 201);
  await post("/v1/register", { email: "bob@example.com", password: PASSWORD });
  return { admin: await login("ada@example.com"), user: await login("bob@example.com") };
}

export const claimsOf = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

// Headers by which a client tries to be somebody else.
export const FORGERIES = [
  ["X-Auth-Subject: mallory", "X-Auth-Roles: root"],
  ["x-AUTH-subject: mallory", "X-Auth-Subject: mallory", "X-Auth-Roles: root", "X-Auth-Roles: root"],
  ["X_Auth_Subject: mallory", "X_Auth_Roles: root", "X-Auth_Subject: mallory", "X_Auth-Roles: root"],
  ["Connection: x-auth-subject, x-auth-roles", "Connection: x-auth-session"],
  ["X-Auth-Subject:", "X-Auth-Roles :root"],
];
