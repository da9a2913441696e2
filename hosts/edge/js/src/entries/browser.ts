// For browsers: the modules are fetched from beside this file and compiled while they arrive. What a
// browser finds out is for display alone, since whoever holds the browser can change it.

import { MODULES } from "../component-files.js";
import type { Modules, Platform } from "../platform.js";
import { makeVerifier } from "../verifier.js";
import type { Settings, Verifier } from "../verifier.js";
import { importWebKey } from "../web-crypto.js";

export * from "./shared.js";

let modules: Promise<Modules> | undefined;

const platform: Platform = {
  loadModules: () =>
    (modules ??= Promise.all(
      [
        new URL("../component/countersign.core.wasm", import.meta.url),
        new URL("../component/countersign.core2.wasm", import.meta.url),
        new URL("../component/countersign.core3.wasm", import.meta.url),
      ].map((file) => WebAssembly.compileStreaming(fetch(file))),
    ).then((compiled) => Object.fromEntries(MODULES.map((name, at) => [name, compiled[at]!])))),
  importKey: importWebKey,
};

/** Makes a verifier. Throws `InvalidSetting` or `InvalidKeySet`. */
export function createVerifier(settings: Settings): Promise<Verifier> {
  return makeVerifier(platform, settings);
}
