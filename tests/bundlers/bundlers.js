// Bundles a program that uses the package. Each function writes to a folder and returns the name of
// the program there.

import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuildPackage from "esbuild";
import { rollup as startRollup } from "rollup";
import { build } from "vite";
import webpackPackage from "webpack";

const run = promisify(execFile);

// Takes over the files that the program names by their URLs.
export async function vite(source, folder) {
  await build({
    root: path.dirname(source),
    base: "./",
    logLevel: "error",
    build: {
      outDir: folder,
      // A file inside the program would need `connect-src data:`.
      assetsInlineLimit: 0,
      rolldownOptions: { input: source, output: { entryFileNames: "main.js" } },
    },
  });
  return "main.js";
}

// As Vite does.
export async function webpack(source, folder) {
  const compiler = webpackPackage({
    mode: "production",
    entry: source,
    context: path.dirname(source),
    output: { path: folder, filename: "main.js", publicPath: "auto" },
  });
  const stats = await promisify(compiler.run.bind(compiler))();
  await promisify(compiler.close.bind(compiler))();
  if (stats.hasErrors()) {
    throw new Error(stats.toString("errors-only"));
  }
  return "main.js";
}

// Leaves the files where they are, so they are copied to where the program looks for them.
export async function esbuild(source, folder) {
  await esbuildPackage.build({
    entryPoints: [source],
    bundle: true,
    format: "esm",
    minify: true,
    outfile: path.join(folder, "app/main.js"),
    logLevel: "error",
  });
  await copyModules(source, folder);
  return "app/main.js";
}

// As esbuild does.
export async function rollup(source, folder) {
  const bundle = await startRollup({ input: source, plugins: [nodeResolve({ browser: true })] });
  await bundle.write({ file: path.join(folder, "app/main.js"), format: "es" });
  await bundle.close();
  await copyModules(source, folder);
  return "app/main.js";
}

async function copyModules(source, folder) {
  const from = path.join(path.dirname(source), "node_modules/@countersign/edge/dist/component");
  const to = path.join(folder, "component");
  await mkdir(to, { recursive: true });
  for (const name of (await readdir(from)).filter((name) => name.endsWith(".wasm"))) {
    await copyFile(path.join(from, name), path.join(to, name));
  }
}

/** Bundles the worker in `source` as it would be deployed. */
export async function wrangler(source, folder) {
  const command = createRequire(import.meta.url).resolve("wrangler/bin/wrangler.js");
  const options = ["deploy", "--dry-run", "--minify", "--outdir", folder];
  const env = { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };
  await run(process.execPath, [command, ...options], { cwd: source, env });
  return "index.js";
}
