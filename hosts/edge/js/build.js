// Turns the component into JavaScript, beside what the compiler of TypeScript writes to `dist`.
//
//     node build.js [COMPONENT]    the file that `make component` wrote, by default

import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { transpile } from "@bytecodealliance/jco-transpile";
import { minifySync } from "oxc-minify";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? path.join(here, "../../../target");
const source = process.argv[2] ?? path.join(target, "component/countersign.wasm");
const folder = path.join(here, "dist/component");

// The imports that a verifier has. A call of any other one fails with its name.
const PRESENT = ["clock.now", "keyring.find", "keyring.verify", "policy-source.findRole"];

const { files } = await transpile(source, {
  name: "countersign",
  // Hosts that forbid compilation at run time get their modules as imports.
  instantiation: "sync",
  nodejsCompat: false,
  tlaCompat: false,
});
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const [name, contents] of Array.isArray(files) ? files : Object.entries(files)) {
  if (name.endsWith(".wasm")) {
    await writeFile(path.join(folder, path.basename(name)), contents);
  } else if (name.endsWith("countersign.js")) {
    await writeFile(path.join(folder, "countersign.js"), glue(new TextDecoder().decode(contents)));
  }
}
const digest = createHash("sha256").update(await readFile(source)).digest("hex");
await writeFile(path.join(folder, "sha256.js"), `export const SHA256 = "${digest}";\n`);
// The page that checks a token, with the content and the styles of the service's own pages. There its
// fields are filled in; here they are empty.
const rest = path.join(here, "../../rest");
await cp(path.join(here, "page"), path.join(here, "dist/page"), { recursive: true });
for (const name of ["style.css", "mark.svg"]) {
  await cp(path.join(rest, "assets", name), path.join(here, "dist/page", name));
}
const main = (await readFile(path.join(rest, "templates/token.html"), "utf8")).replaceAll(/\{\{[\w-]+\}\}/g, "");
const shell = await readFile(path.join(here, "page/index.html"), "utf8");
await writeFile(path.join(here, "dist/page/index.html"), shell.replace("{{main}}", () => main));

// Keeps the exports that a verifier calls and the imports that it has, and lets the minifier drop the
// code of the others, which is most of it. Logging goes too: it would read the environment, and print
// tokens.
function glue(text) {
  const logging = /const _debugLog = \(\.\.\.args\) => \{[^}]*\}[^}]*\};/g;
  const silent = text
    .replace(logging, "const _debugLog = /* @__NO_SIDE_EFFECTS__ */ () => {};")
    // A directive that bundlers warn of.
    .replace(/^"use components";/, "");
  const all = /\n {2}return \{ (?=access: )[^\n]*\};\n/;
  if (!all.test(silent) || /process\??\.env|console\.debug/.test(silent)) {
    throw new Error("the transpiled component has another form than this expects");
  }
  const identifier = (name) => silent.match(new RegExp(`[{ ]${name}: (\\w+),`))[1];
  const kept = ["access", "policy", "verification"].map((name) => `${name}: ${identifier(name)}`);
  const short = withoutAbsent(synchronous(silent)).replace(all, `\n  return { ${kept.join(", ")} };\n`);
  const { code, errors } = minifySync("countersign.js", short, { module: true });
  if (errors.length > 0) {
    throw new Error(`the transpiled component is not minified: ${errors[0].message}`);
  }
  return code;
}

// Takes away what suspends calls. No call of a verifier waits, and where an engine cannot suspend, it
// takes 20 ms to throw and catch what that comes to.
function synchronous(text) {
  const promising =
    /\n {2}try \{\n {4}(\w+) = WebAssembly\.promising\(([^\n]*)\);\n {2}\} catch\(err\) \{\n {4}\1 = \2;\n {2}\}/g;
  const suspending = / = _trampoline\d+\.manuallyAsync \? new WebAssembly\.Suspending\([^]*?\n {2}\)\)\) : /g;
  const changed = text.replace(promising, "\n  $1 = $2;").replace(suspending, " = ");
  if (/WebAssembly\.(promising|Suspending)\(/.test(changed)) {
    throw new Error("what suspends calls in the transpiled component is not found");
  }
  return changed;
}

// Replaces the code around each import that a verifier does not have by a call of what was imported.
function withoutAbsent(text) {
  const named =
    /\n {2}(_trampoline\d+)\.fnName = 'countersign:auth\/([\w-]+)@[^#]+#(\w+)(?:\$\d+)?';/g;
  const found = [...text.matchAll(named)];
  const isPresent = ([, , name, called]) => PRESENT.includes(`${name}.${called}`);
  const absent = found.filter((each) => !isPresent(each));
  if (found.length - absent.length !== PRESENT.length || absent.length < 10) {
    throw new Error("the imports of the transpiled component are not found");
  }
  return absent.reduce((rest, [end, inner, name, called]) => {
    const outer = inner.slice(1);
    const wrapped = new RegExp(`\\n {2}let ${outer} = [^]*?\\n {2}\\},\\n {2}\\);\\n`);
    const start = rest.indexOf(`\n  const ${inner} = `);
    const stop = rest.indexOf(end, start) + end.length;
    if (start === -1 || !wrapped.test(rest)) {
      throw new Error(`the import ${name}.${called} of the transpiled component is not found`);
    }
    const call = `imports["countersign:auth/${name}"]["${called}"]()`;
    return (rest.slice(0, start) + rest.slice(stop)).replace(wrapped, `\n  const ${outer} = () => ${call};\n`);
  }, text);
}
