// Runs the vectors in one host each; every function returns what `judge` returns.

import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";
import { chromium } from "playwright-core";

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? path.join(here, "../../target");
const edge = path.join(here, "../../hosts/edge/js/dist");
const judgeFile = path.join(here, "judge.js");
const edgePython = path.join(here, "../../hosts/edge/python/src");

async function command(words, variables = {}) {
  const options = { maxBuffer: 64 << 20, env: { ...process.env, ...variables } };
  const { stdout } = await run(words[0], words.slice(1), options);
  return JSON.parse(stdout);
}

const judgeVectors = path.join(target, "debug/judge-vectors");

export const native = (file) => command([judgeVectors, file]);
export const gateway = (file) => command([judgeVectors, file, "gateway"]);
export const authorizer = (file) => command([judgeVectors, file, "authorizer"]);

const inScript = (...words) => (file) =>
  command([...words, path.join(here, "node.js"), pathToFileURL(`${edge}/entries/node.js`).href, file]);

export const node = inScript(process.execPath);

// Deno and Bun by the packages that hold their binaries: the packages `deno` and `bun` would have to run a
// script when they are installed, and that of `bun` takes the binary away.
const folderOf = (name) => path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

export function deno(file) {
  const binary = path.join(folderOf(`@deno/${process.platform}-${process.arch}-glibc`), "deno");
  return inScript(binary, "run", "--quiet", "--no-config", "--allow-read")(file);
}

export function bun(file) {
  const processor = process.arch === "arm64" ? "aarch64" : process.arch;
  return inScript(path.join(folderOf(`@oven/bun-${process.platform}-${processor}`), "bin/bun"))(file);
}

// With the Python that has the packages of `hosts/edge/python/test/requirements.txt`.
export function python(file) {
  const interpreter = process.env.COUNTERSIGN_EDGE_PYTHON ?? path.join(target, "python/edge/bin/python");
  return command([interpreter, "-B", path.join(here, "python.py"), file], { PYTHONPATH: edgePython });
}

// In the worker's own runtime, which refuses to compile at run time.
export async function worker(file) {
  const { result } = await inWorker(await readFile(file));
  return result;
}

// Gives vectors to a worker that starts for them. Returns what it found, and the seconds of a processor
// that its runtime took; these are unknown where the system has no /proc.
export async function inWorker(vectors) {
  const before = new Set(await workers());
  const miniflare = new Miniflare({
    modules: await modulesOfWorker(),
    modulesRoot: path.join(here, "../.."),
    compatibilityDate: "2026-01-01",
  });
  try {
    const answer = await miniflare.dispatchFetch("http://worker.test/", { method: "POST", body: vectors });
    const result = await answer.json();
    const [started] = (await workers()).filter((id) => !before.has(id));
    return { result, seconds: started && (await processorSeconds(started)) };
  } finally {
    await miniflare.dispose();
  }
}

async function modulesOfWorker() {
  const modules = [{ type: "ESModule", path: path.join(here, "worker.js") }];
  const add = async (folder) => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        await add(name);
      } else if (entry.name.endsWith(".js") || entry.name.endsWith(".wasm")) {
        modules.push({ type: name.endsWith(".js") ? "ESModule" : "CompiledWasm", path: name });
      }
    }
  };
  await add(edge);
  modules.push({ type: "ESModule", path: judgeFile });
  return modules.filter(({ path: name }) => !/(node|browser)\.js$/.test(name));
}

// The processes of the worker's runtime that this process started.
async function workers() {
  const list = await readFile(`/proc/self/task/${process.pid}/children`, "utf8").catch(() => "");
  const named = async (id) => [id, await readFile(`/proc/${id}/comm`, "utf8").catch(() => "")];
  const children = await Promise.all(list.trim().split(" ").map(named));
  return children.filter(([, name]) => name.trim() === "workerd").map(([id]) => id);
}

async function processorSeconds(id) {
  const text = await readFile(`/proc/${id}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // Time in the program and in the kernel, in hundredths of a second (proc_pid_stat(5)).
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

// In headless Chromium, under the policy that the documentation asks for.
export async function browser(file) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const served = { "/": page, "/vectors.json": () => readFile(file), "/judge.js": () => readFile(judgeFile) };
    const read = served[pathname] ?? (() => readFile(path.join(edge, path.normalize(pathname))));
    response.setHeader("content-security-policy", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    response.setHeader("content-type", TYPES[path.extname(pathname)] ?? "text/html");
    response.end(await read().catch(() => ""));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const chrome = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  try {
    const tab = await chrome.newPage();
    await tab.goto(`http://127.0.0.1:${server.address().port}/`);
    return await tab.evaluate(async () => {
      const [{ judge }, edge_, vectors] = await Promise.all([
        import("/judge.js"),
        import("/entries/browser.js"),
        fetch("/vectors.json").then((answer) => answer.json()),
      ]);
      return judge(edge_, vectors);
    });
  } finally {
    await chrome.close();
    server.close();
  }
}

const TYPES = { ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };
const page = async () => "<!doctype html><title>Vectors</title>";
