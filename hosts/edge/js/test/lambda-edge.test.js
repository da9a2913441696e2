import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { AUDIENCE, ISSUER, POLICY, issue, makeKey } from "./issuer.js";

const run = promisify(execFile);
const command = fileURLToPath(new URL("../bin/lambda-edge.js", import.meta.url));
const key = makeKey("a");
const settings = {
  issuer: ISSUER,
  audience: AUDIENCE,
  jwks: { keys: [key.jwk] },
  policyFile: "countersign.toml",
  permission: "articles:read",
  cookie: "__Host-token",
  loginUrl: "https://shop.example/login?from=edge",
};

let folder;
let built;

async function build(changed) {
  await writeFile(path.join(folder, "settings.json"), JSON.stringify({ ...settings, ...changed }));
  return run(process.execPath, [command, path.join(folder, "settings.json"), built]);
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "countersign-edge-"));
  built = path.join(folder, "function");
  await writeFile(path.join(folder, "countersign.toml"), POLICY);
  const { stdout } = await build({});
  assert.match(stdout, /: \d+ bytes zipped/);
});

after(() => rm(folder, { recursive: true }));

function event(headers, changed = {}) {
  const listed = Object.entries(headers).map(([name, values]) => [
    name.toLowerCase(),
    [values].flat().map((value) => ({ key: name, value })),
  ]);
  const request = { method: "GET", uri: "/articles/1", querystring: "page=2", headers: Object.fromEntries(listed), ...changed };
  return { Records: [{ cf: { config: { eventType: "viewer-request" }, request } }] };
}

// Runs the function in a process without an environment, where reading a variable is an error.
async function invoke(events) {
  const script = `
    const { handler } = await import(${JSON.stringify(`file://${built}/index.js`)});
    process.env = new Proxy({}, { get: (_, name) => { throw new Error("reads " + String(name)); } });
    const answers = [];
    for (const event of ${JSON.stringify(events)}) answers.push(await handler(event));
    process.stdout.write(JSON.stringify(answers));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { env: {} });
  return JSON.parse(stdout);
}

test("a viewer request passes with the identity of its bearer alone", async () => {
  const token = issue(key);
  const forged = { "X-Auth-Subject": "mallory", X_Auth_Roles: ["root", "root"], "x-auth-other": "a" };
  const answers = await invoke([
    event({ Authorization: `Bearer ${token}`, Host: "shop.example", ...forged }),
    event({ Cookie: ["a=b; __Host-token=" + token, "c=d"], ...forged }),
  ]);
  for (const { uri, headers } of answers) {
    assert.equal(uri, "/articles/1");
    const identity = Object.entries(headers).filter(([name]) => /^x.auth/.test(name));
    assert.deepEqual(Object.fromEntries(identity.map(([name, [{ value }]]) => [name, value])), {
      "x-auth-subject": "alice",
      "x-auth-roles": "reader",
      "x-auth-client": "countersign",
      "x-auth-session": "s",
    });
  }
});

test("all others are refused, and browsers sent to log in", async () => {
  const token = issue(key);
  const html = { Accept: "text/html,*/*" };
  const powerless = issue(key, { roles: [] });
  const cases = [
    [event({}), "401"],
    [event({ Authorization: "Bearer a.b.c" }), "401"],
    [event({ Authorization: [`Bearer ${token}`, `Bearer ${token}`] }), "401"],
    [event({ Cookie: `__Host-token=${token}; __Host-token=${token}` }), "401"],
    [event({ Cookie: `Host-token=${token}` }), "401"],
    [event({ Authorization: `Bearer ${powerless}` }), "403"],
    [event({ Authorization: `Bearer ${powerless}`, ...html }), "403"],
    [event(html, { method: "POST" }), "401"],
    [event(html), "302"],
  ];
  const answers = await invoke(cases.map(([each]) => each));
  assert.deepEqual(answers.map(({ status }) => status), cases.map(([, status]) => status));
  assert.equal(answers[0].headers["www-authenticate"][0].value, "Bearer");
  const [{ value }] = answers.at(-1).headers.location;
  assert.equal(value, "https://shop.example/login?from=edge&next=%2Farticles%2F1%3Fpage%3D2");
});

test("settings that are wrong are refused when the function is built", async () => {
  for (const [changed, words] of [
    [{ audience: "" }, /`audience`/],
    [{ permission: "articles" }, /`articles`/],
    [{ loginUrl: "http://shop.example" }, /`loginUrl`/],
    [{ policyFile: "none.toml" }, /none\.toml/],
  ]) {
    await assert.rejects(build(changed), ({ stderr }) => words.test(stderr), words.source);
  }
});
