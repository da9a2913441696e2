// openapi-typescript reads both descriptions without a warning, and its types fit what a client sends.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const [{ issuer }] = JSON.parse(process.env.SERVERS);

const USE = `
import type { components, operations } from "./api.ts";

type Body<Name extends keyof operations> = operations[Name] extends {
  requestBody?: { content: { "application/json": infer Sent } };
} ? Sent : never;

export const login: Body<"login"> = { email: "ada@example.com", password: "a long and quiet evening" };
export const logout: Body<"logout"> = { refresh_token: "csr_" };
export const where = (problem: components["schemas"]["Problem"]): (string | undefined)[] =>
  (problem.errors ?? []).map((error) => error.pointer ?? error.parameter);
`;

for (const version of ["", "-3.0"]) {
  test(`types of openapi${version}.json`, async (t) => {
    const said = [t.mock.method(console, "warn"), t.mock.method(console, "error")];
    const answer = await fetch(`${issuer}/openapi${version}.json`);
    const api = astToString(await openapiTS(await answer.json()));
    assert.deepEqual(said.flatMap(({ mock }) => mock.calls), []);
    // In this folder no package of types is found that the check would read as well.
    const folder = new URL(`./node_modules/.types${version}/`, import.meta.url);
    await mkdir(folder, { recursive: true });
    await writeFile(new URL("api.ts", folder), api);
    await writeFile(new URL("use.ts", folder), USE);
    const program = ts.createProgram([fileURLToPath(new URL("use.ts", folder))], {
      allowImportingTsExtensions: true,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      noEmit: true,
      strict: true,
      target: ts.ScriptTarget.ES2022,
      types: [],
    });
    const found = ts.getPreEmitDiagnostics(program);
    assert.deepEqual(found.map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n")), []);
  });
}
