// The page that checks a token, under the content security policy that the documentation asks for.

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

const DIST = fileURLToPath(new URL("../../hosts/edge/js/dist", import.meta.url));
const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const key = makeKey("a");
let server;
let browser;
let address;

before(async () => {
  server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    response.setHeader("content-security-policy", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    response.setHeader("content-type", TYPES[path.extname(file)] ?? "text/plain");
    response.end(await readFile(path.join(DIST, path.normalize(file))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${server.address().port}/page/`;
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
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

test("the page verifies, explains and decides, and says that it is for display only", async () => {
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
