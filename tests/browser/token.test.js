// The page that checks a token: as files under the content security policy that the documentation asks
// for, and as the server serves it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AUDIENCE, ISSUER, POLICY, issue, makeKey } from "../../hosts/edge/js/test/issuer.js";
import { checkAccess, startBrowser, watch } from "./browser.js";
import { startServer } from "./server.js";

const DIST = fileURLToPath(new URL("../../hosts/edge/js/dist", import.meta.url));
const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const key = makeKey("a");
const addresses = {};
let files;
let server;
let browser;

before(async () => {
  files = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    response.setHeader("content-security-policy", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    response.setHeader("content-type", TYPES[path.extname(file)] ?? "text/plain");
    response.end(await readFile(path.join(DIST, path.normalize(file))));
  });
  files.listen(0, "127.0.0.1");
  await once(files, "listening");
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
  addresses.files = `http://127.0.0.1:${files.address().port}/page/`;
  addresses.served = `${server.url}/docs/token/`;
});

after(async () => {
  await browser?.close();
  files?.closeAllConnections();
  files?.close();
  await server?.stop();
});

const QUESTION = { issuer: ISSUER, audience: AUDIENCE, jwks: JSON.stringify({ keys: [key.jwk] }) };
const POWER = { policy: POLICY, permission: "articles:write" };

// Fills in the form and returns what the page says.
async function ask(page, fields) {
  for (const [id, value] of Object.entries({ policy: "", permission: "", owner: "", ...QUESTION, ...fields })) {
    await page.fill(`#${id}`, value);
  }
  await page.evaluate(() => (document.getElementById("verdict").textContent = ""));
  await page.click("button");
  await page.locator("#verdict:not(:empty)").waitFor();
  const said = (id) => page.textContent(`#${id}`);
  const [verdict, explanation, decision, title, payload] = await Promise.all(
    ["verdict", "explanation", "decision", "parts-title", "payload"].map(said),
  );
  return { verdict, explanation, decision, title, payload };
}

for (const place of ["files", "served"]) {
  test(`the page verifies, explains and decides, and says that it is for display only: ${place}`, async () => {
    await checkPage(addresses[place]);
  });
}

async function checkPage(address) {
  const page = await browser.newPage();
  const checkNothingNoted = watch(page, new URL(address).origin);
  await page.goto(address);
  assert.match(await page.textContent(".notice"), /For display only/);
  assert.match(await page.textContent("#sha256"), /^[0-9a-f]{64}$/);

  const token = issue(key);
  const valid = await ask(page, { token, ...POWER, owner: "alice" });
  assert.deepEqual([valid.verdict, valid.title], ["Valid", "What the token says"]);
  assert.match(valid.decision, /^Allowed by the rule articles:write of the role reader/);
  assert.match(valid.payload, /"sub": "alice"[^]*exp: .* GMT/);
  await checkAccess(page, "the page with an answer");

  for (const [fields, verdict, explanation, decision] of [
    [{ token, ...POWER }, /^Valid$/, /alice/, /no rule/],
    [{ token, ...POWER, permission: "articles" }, /^Valid$/, /alice/, /`articles`/],
    [{ token }, /^Valid$/, /alice/, /needs a policy/],
    [{ token: issue(key, { exp: 1, iat: 0 }) }, /^Refused: expired$/, /exp has passed/, /valid token/],
    [{ token: issue(makeKey("b")) }, /^Refused: unknown-key$/, /key set/, /valid token/],
    [{ token: "<img src=x onerror=alert(1)>" }, /^Refused: malformed$/, /base64url/, /valid token/],
    [{ token, jwks: "{" }, /^Not checked$/, /key set/, /valid token/],
    [{ token, policy: "[roles" }, /^Not checked$/, /`policy` is not valid:\n1:/, /valid token/],
  ]) {
    const found = await ask(page, fields);
    assert.match(found.verdict, verdict);
    assert.match(found.explanation, explanation);
    assert.match(found.decision, decision);
    assert.equal(found.title.includes("not verified"), found.verdict !== "Valid");
  }
  checkNothingNoted();
}

test("the server fills in what it issues, and its own tokens are valid", async () => {
  const post = (call, body) =>
    fetch(`${server.url}/v1/${call}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const [email, password] = ["bob@example.com", "a long and quiet evening"];
  await post("register", { email, password });
  const { access_token: token } = await (await post("login", { email, password })).json();
  const health = await (await fetch(server.health)).json();

  const page = await browser.newPage();
  const checkNothingNoted = watch(page, server.url);
  await page.goto(`${server.url}/docs/`);
  const link = await page.getByText("Check a token").evaluate((element) => element.href);
  assert.equal(link, addresses.served);
  const answer = await page.goto(link);
  const policy = answer.headers()["content-security-policy"];
  assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; /);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|data:|\*/);
  await page.waitForFunction(() => document.getElementById("jwks").value !== "");
  assert.equal(await page.textContent("#sha256"), health.component.sha256);
  await page.fill("#token", token);
  await page.fill("#policy", await readFile(new URL("../../countersign.toml", import.meta.url), "utf8"));
  await page.fill("#permission", "users:list");
  await page.click("button");
  await page.locator("#verdict:not(:empty)").waitFor();
  assert.equal(await page.textContent("#verdict"), "Valid");
  assert.match(await page.textContent("#decision"), /^Denied/);
  checkNothingNoted();
});

test("each reason of the contract is explained", async () => {
  const types = readFileSync(new URL("../../wit/types.wit", import.meta.url), "utf8");
  const [, body] = types.match(/enum token-error \{([^}]*)\}/);
  const named = body.replaceAll(/\/\/\/.*/g, "").split(",").map((name) => name.trim()).filter(Boolean);
  const page = await readFile(path.join(DIST, "page/page.js"), "utf8");
  // `revoked` needs the stores, which a verifier does not have.
  for (const reason of named.filter((name) => name !== "revoked")) {
    assert.match(page, new RegExp(`^ {2}"?${reason}"?: "`, "m"), reason);
  }
});
