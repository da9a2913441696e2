// Minifies what the compiler of TypeScript wrote to `dist`: types keep their comments, code needs none.

import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { minifySync } from "oxc-minify";

const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), "dist");

for (const folder of [".", "entries", "handlers"]) {
  for (const name of await readdir(path.join(dist, folder))) {
    if (name.endsWith(".js")) {
      const file = path.join(dist, folder, name);
      const { code, errors } = minifySync(file, await readFile(file, "utf8"), { module: true });
      if (errors.length > 0) {
        throw new Error(`${file} is not minified: ${errors[0].message}`);
      }
      await writeFile(file, code);
    }
  }
}
