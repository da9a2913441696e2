// A fresh server with a data directory of its own, and a gateway in front of it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const START_MILLIS = 60_000;
const BINARY =
  process.env.COUNTERSIGN_BINARY ??
  fileURLToPath(new URL("../../target/debug/countersign", import.meta.url));

// The cheapest hashes that a policy may choose. Hashing threads have a low priority, so on a busy
// machine the default hash would take longer than a browser waits.
const POLICY = '[hashing]\nscheme = "argon2id"\n';

// Returns the addresses that the server printed, and a function that ends it.
export async function startServer(rules = POLICY) {
  const folder = await mkdtemp(path.join(tmpdir(), "countersign-"));
  const [data, policy] = [path.join(folder, "data"), path.join(folder, "policy.toml")];
  await writeFile(policy, rules);
  const settings = ["--listen", "127.0.0.1:0", "--data-dir", data, "--policy", policy];
  const server = spawn(BINARY, ["serve", ...settings], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(server, "exit");
  const silence = setTimeout(() => server.kill(), START_MILLIS);
  const printed = {};
  for await (const line of createInterface({ input: server.stdout })) {
    printed.url ??= line.match(/ listens on (http:\S+)$/)?.[1];
    printed.setup ??= line.match(/^ {2}Set up the first administrator: (\S+)$/)?.[1];
    printed.docs ??= line.match(/^ {2}Documentation: +(\S+)$/)?.[1];
    printed.health ??= line.match(/^ {2}Health: +(\S+)$/)?.[1];
    if (printed.health) {
      break;
    }
  }
  clearTimeout(silence);
  if (!printed.health) {
    throw new Error(`${BINARY} did not print where to go: ${JSON.stringify(printed)}`);
  }
  const stop = async () => {
    server.kill();
    await ended;
    await rm(folder, { recursive: true });
  };
  return { ...printed, stop };
}

// Starts a gateway that serves the server under `/prod`, as API Gateway does under the name of a
// stage.
export async function startGateway(url) {
  const gateway = http.createServer((request, response) => {
    const target = request.url.match(/^\/prod(\/.*)$/)?.[1];
    if (target === undefined) {
      response.writeHead(403).end();
      return;
    }
    const { method, headers } = request;
    const forwarded = http.request(url + target, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  gateway.listen(0, "127.0.0.1");
  await once(gateway, "listening");
  const stop = () => {
    gateway.closeAllConnections();
    gateway.close();
  };
  return { url: `http://127.0.0.1:${gateway.address().port}/prod/`, stop };
}
