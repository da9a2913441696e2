// Makes one script of the page that checks a token, for the server, which is built without Node:
//
//     node bundle.js    after `npm run build`
//
// The script depends on the interfaces of the component and not on its code: the modules and the digest
// stay files beside it, which the server takes from its own component.

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Where the server takes it from. */
export const SERVED = fileURLToPath(new URL("../../rest/assets/token.js", import.meta.url));

const NOTE = "// Made by `make page` of hosts/edge/js: do not edit.";
const entry = fileURLToPath(new URL("dist/page/page.js", import.meta.url));

export async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    write: false,
    outdir: fileURLToPath(new URL("dist/page", import.meta.url)),
    plugins: [{ name: "digest", setup: keepDigest }],
    legalComments: "none",
    banner: { js: NOTE },
  });
  return outputFiles[0].text;
}

// The digest stays a file, in the same folder as the modules.
function keepDigest(build) {
  build.onResolve({ filter: /\/sha256\.js$/ }, () => ({ path: "../component/sha256.js", external: true }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(SERVED, await bundle());
}
