// The first ten minutes with a server, in a browser: from the printed link to the first call.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkAccess, startBrowser, watch } from "./browser.js";
import { startGateway, startServer } from "./server.js";

const EMAIL = "first@example.com";
const PASSWORD = "a long and quiet evening";

let server;
let browser;
let context;

before(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
  context = await browser.newContext();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function visit(t, address, inContext = context) {
  const page = await inContext.newPage();
  const checkNothingNoted = watch(page, new URL(address).origin);
  await page.goto(address);
  t.after(() => page.close());
  return { page, checkNothingNoted };
}

const errorOf = (page, name) => page.locator(`#${name}-error`);

test("the server prints where to go", async () => {
  assert.match(server.setup, /^http:\/\/127\.0\.0\.1:\d+\/#setup=css_[\w-]+$/);
  assert.equal(server.docs, `${server.url}/docs/`);
  for (const address of [server.docs, server.health]) {
    assert.equal((await fetch(address)).status, 200, address);
  }
});

test("a visitor without a token sees where to go", async (t) => {
  const { page, checkNothingNoted } = await visit(t, server.url);
  assert.ok(await page.locator("#setup-intro").isVisible());
  assert.ok(!(await page.locator("#email").isVisible()));
  const facts = await page.locator(".facts dd").allTextContents();
  const health = await (await fetch(server.health)).json();
  assert.deepEqual(facts, [server.url, health.version, health.component.sha256]);
  checkNothingNoted();
});

test("the printed link fills in the token and leaves the address bar", async (t) => {
  const { page, checkNothingNoted } = await visit(t, server.setup);
  const token = server.setup.split("#setup=")[1];
  assert.equal(await page.inputValue("#token"), token);
  assert.equal(page.url(), `${server.url}/`);
  const focused = await page.evaluate(() => document.activeElement.id);
  assert.equal(focused, "email");
  assert.match(await page.textContent("#password-hint"), /At least 15 characters/);
  checkNothingNoted();
});

test("wrong input is explained beside its field", async (t) => {
  const { page, checkNothingNoted } = await visit(t, server.setup);
  await page.fill("#email", "nobody");
  await page.fill("#password", PASSWORD);
  await page.click("#setup-submit");
  await errorOf(page, "email").waitFor();
  assert.match(await errorOf(page, "email").textContent(), /name@domain/);
  const email = page.locator("#email");
  assert.equal(await email.getAttribute("aria-invalid"), "true");
  assert.match(await email.getAttribute("aria-describedby"), /email-error/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "email");

  await page.fill("#email", EMAIL);
  await page.fill("#password", "too short");
  await page.click("#setup-submit");
  await errorOf(page, "password").waitFor();
  assert.match(await errorOf(page, "password").textContent(), /at least 15 characters/);
  assert.ok(!(await errorOf(page, "email").isVisible()));
  assert.equal(await email.getAttribute("aria-invalid"), null);
  checkNothingNoted();
});

test("the password can be shown", async (t) => {
  const { page } = await visit(t, server.setup);
  const type = () => page.getAttribute("#password", "type");
  assert.equal(await type(), "password");
  await page.getByRole("button", { name: "Show the password" }).click();
  assert.equal(await type(), "text");
  await page.getByRole("button", { name: "Hide the password" }).click();
  assert.equal(await type(), "password");
});

test("without JavaScript the page says what to do", async (t) => {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  t.after(() => plain.close());
  const { page } = await visit(t, server.setup, plain);
  assert.ok(await page.getByText("The form needs JavaScript").isVisible());
  assert.ok(!(await page.locator("#setup-details").isVisible()));
});

test("under the prefix of a gateway every file and call is found", async (t) => {
  const gateway = await startGateway(server.url);
  t.after(gateway.stop);
  const other = await browser.newContext();
  t.after(() => other.close());
  const { page, checkNothingNoted } = await visit(t, `${gateway.url}#setup=css_wrong`, other);
  await page.fill("#email", EMAIL);
  await page.fill("#password", PASSWORD);
  await page.click("#setup-submit");
  await page.locator("#setup-closed").waitFor();
  await page.locator("nav").getByText("Documentation").click();
  await page.locator("#operations-session-login").waitFor();
  assert.equal(page.url(), `${gateway.url}docs/`);
  await page.getByText("a page about it").click();
  await page.getByRole("link", { name: "Invalid request" }).click();
  await page.getByRole("heading", { name: "Invalid request" }).waitFor();
  await page.locator(".brand").click();
  assert.equal(page.url(), gateway.url);
  checkNothingNoted();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [320, 1280]) {
    test(`pages are accessible, ${colorScheme}, ${width} pixels wide`, async (t) => {
      const narrow = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
      t.after(() => narrow.close());
      for (const path of ["/", "/problems", "/problems/invalid-request"]) {
        const { page, checkNothingNoted } = await visit(t, server.url + path, narrow);
        await checkAccess(page, path);
        checkNothingNoted();
      }
      const { page } = await visit(t, server.setup, narrow);
      await checkAccess(page, "the form");
      await page.click("#setup-submit");
      await errorOf(page, "email").waitFor();
      await checkAccess(page, "the form with errors");

      const docs = await visit(t, server.docs, narrow);
      await docs.page.locator("#operations-session-login").waitFor();
      await checkAccess(docs.page, "/docs/");
      docs.checkNothingNoted();
    });
  }
}

test("set-up is done with the keyboard alone", async (t) => {
  const { page, checkNothingNoted } = await visit(t, server.setup);
  await page.keyboard.type(EMAIL);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator("#setup-done").waitFor();
  assert.match(await page.textContent("#setup-done"), /first@example\.com is the first admin/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "setup-done");
  assert.ok(!(await page.locator("#setup-form").isVisible()));
  await checkAccess(page, "set-up is finished");
  checkNothingNoted();
});

test("a second visit says that set-up is done", async (t) => {
  const { page, checkNothingNoted } = await visit(t, server.setup);
  await page.locator("#setup-closed").waitFor();
  assert.match(await page.textContent("#setup-closed"), /no longer works/);
  assert.ok(!(await page.locator("#setup-form").isVisible()));
  await checkAccess(page, "set-up is closed");
  checkNothingNoted();
});

test("another browser with the old link learns it when it tries", async (t) => {
  const other = await browser.newContext();
  t.after(() => other.close());
  const { page, checkNothingNoted } = await visit(t, server.setup, other);
  await page.fill("#email", "second@example.com");
  await page.fill("#password", PASSWORD);
  await page.click("#setup-submit");
  await page.locator("#setup-closed").waitFor();
  await page.click("#setup-again");
  assert.equal(await page.inputValue("#token"), "");
  checkNothingNoted();
});

// Opens an operation of the documentation, sends its example, and returns the status.
async function execute(page, operation) {
  const block = page.locator(`#operations-${operation}`);
  await block.locator(".opblock-summary-control").click();
  await block.locator(".btn.execute").click();
  const status = block.locator(".live-responses-table .response-col_status").last();
  await status.waitFor();
  return { block, status: Number.parseInt(await status.textContent(), 10) };
}

test("the examples of the documentation work when tried", async (t) => {
  const { page, checkNothingNoted } = await visit(t, server.docs);
  assert.equal((await execute(page, "account-register")).status, 202);
  const { block, status } = await execute(page, "session-login");
  assert.equal(status, 200);
  const answer = block.locator(".live-responses-table code.language-json").first();
  const { access_token: token } = JSON.parse(await answer.textContent());

  await page.locator(".btn.authorize").click();
  await page.locator(".auth-container input").fill(token);
  await page.locator(".auth-container .btn.authorize").click();
  await page.locator(".auth-container .btn-done").click();
  assert.equal((await execute(page, "account-show_me")).status, 200);
  checkNothingNoted();
});

test("an error of the documentation leads to its problem's page", async (t) => {
  const { page, checkNothingNoted } = await visit(t, server.docs);
  const block = page.locator("#operations-session-login");
  await block.locator(".opblock-summary-control").click();
  const link = block.getByRole("link", { name: "invalid-credentials" });
  const [problem] = await Promise.all([context.waitForEvent("page"), link.click()]);
  const checkProblem = watch(problem, server.url);
  await problem.getByRole("heading", { name: "Invalid credentials" }).waitFor();
  assert.equal(problem.url(), `${server.url}/problems/invalid-credentials`);
  await checkAccess(problem, "the problem's page");
  await problem.close();
  checkProblem();
  checkNothingNoted();
});
