// Starts Chromium, and notes everything in a page that its console would show.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// Chromium reports each answer of 400 or more as an error of the console. The test causes a refused
// set-up on purpose.
function isRefusedSetup(message) {
  const { url } = message.location();
  return message.text().startsWith("Failed to load resource:") && url.endsWith("/v1/setup");
}

// Notes violations of the content security policy, errors and warnings of the console, exceptions, and
// requests to any host but that of `origin`.
export function watch(page, origin) {
  const noted = [];
  page.on("console", (message) => {
    const isBad = ["error", "warning"].includes(message.type());
    if (isBad && !isRefusedSetup(message)) {
      noted.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => noted.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== origin) {
      noted.push(`request: ${url}`);
    }
  });
  return () => assert.deepEqual(noted, []);
}

// The one exception: Swagger UI puts a link inside a button, which a style sheet cannot undo. The
// other pages have no exception.
const OF_SWAGGER_UI = ["nested-interactive"];

// Checks a page with axe, and that it does not scroll sideways.
export async function checkAccess(page, place) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, any }) => ({
        id,
        inSwagger: document.querySelector(target[0])?.closest(".swagger-ui") !== null,
        text: `${id} at ${target}: ${any[0]?.message ?? ""}`,
      })),
    );
  });
  const left = found.filter(({ id, inSwagger }) => !(inSwagger && OF_SWAGGER_UI.includes(id)));
  assert.deepEqual(
    left.map(({ text }) => text),
    [],
    place,
  );
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(excess <= 0, `${place}: ${excess} pixels wider than the window`);
}
