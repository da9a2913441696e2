// For Cloudflare Workers: the modules are imported, since a worker must not compile at run time.

// @ts-expect-error: the bundler of the worker makes a `WebAssembly.Module` of the file
import core from "../component/countersign.core.wasm";
// @ts-expect-error: as above
import core2 from "../component/countersign.core2.wasm";
// @ts-expect-error: as above
import core3 from "../component/countersign.core3.wasm";
import type { Platform } from "../platform.js";
import { makeVerifier } from "../verifier.js";
import type { Settings, Verifier } from "../verifier.js";
import { importWebKey } from "../web-crypto.js";

export * from "./shared.js";

const platform: Platform = {
  loadModules: () => ({
    "countersign.core.wasm": core,
    "countersign.core2.wasm": core2,
    "countersign.core3.wasm": core3,
  }),
  importKey: importWebKey,
};

/** Makes a verifier. Throws `InvalidSetting` or `InvalidKeySet`. */
export function createVerifier(settings: Settings): Promise<Verifier> {
  return makeVerifier(platform, settings);
}
