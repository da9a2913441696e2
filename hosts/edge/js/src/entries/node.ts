// For Node, Deno and Bun: the modules are read from the package's files, and `node:crypto` checks
// signatures without leaving the thread.

import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { MODULES } from "../component-files.js";
import type { Algorithm, Modules, Platform, PublicJwk } from "../platform.js";
import { makeVerifier } from "../verifier.js";
import type { Settings, Verifier } from "../verifier.js";

export * from "./shared.js";

let modules: Modules | undefined;

/** @internal */
export const platform: Platform = {
  loadModules() {
    modules ??= Object.fromEntries(
      MODULES.map((name) => {
        const file = new URL(`../component/${name}`, import.meta.url);
        return [name, new WebAssembly.Module(readFileSync(file))];
      }),
    );
    return modules;
  },
  importKey(jwk: PublicJwk, algorithm: Algorithm) {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const digest = algorithm === "ed-dsa" ? null : "sha256";
    const input = { key, dsaEncoding: "ieee-p1363" } as const;
    return (message, signature) => verify(digest, Buffer.from(message), input, signature);
  },
};

/** Makes a verifier. Throws `InvalidSetting` or `InvalidKeySet`. */
export function createVerifier(settings: Settings): Promise<Verifier> {
  return makeVerifier(platform, settings);
}
