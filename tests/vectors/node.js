// The vectors in Node, Deno or Bun: prints the result as JSON.

import { readFile } from "node:fs/promises";
import { judge } from "./judge.js";

const [, , edge, vectors] = process.argv;
const result = await judge(await import(edge), JSON.parse(await readFile(vectors, "utf8")));
console.log(JSON.stringify(result));
