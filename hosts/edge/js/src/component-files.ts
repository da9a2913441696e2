// The files that `build.js` makes of the component, with the types of what is used of them.

import type { Claims, Expectation, MatchedRule, Question, Role } from "./component.js";
import type { UnverifiedSignature } from "./component.js";
// @ts-expect-error: generated JavaScript without types
import * as generated from "./component/countersign.js";
// @ts-expect-error: as above
import { SHA256 as digest } from "./component/sha256.js";

type Times = "issuedAt" | "expiresAt" | "authenticatedAt";

interface Exports {
  verification: {
    readSignature(token: string): UnverifiedSignature;
    verify(token: string, expected: Expectation): Omit<Claims, Times> & Record<Times, bigint>;
  };
  access: {
    decide(
      question: Question,
    ): { tag: "allowed" | "denied"; val: MatchedRule } | { tag: "unmatched" };
  };
  policy: {
    compile(text: string): { roles: Role[] };
  };
}

type Instantiate = (module: (name: string) => WebAssembly.Module, imports: object) => Exports;

/** The SHA-256 of the component in lower-case hexadecimal. All hosts of one release have the same. */
export const SHA256: string = digest;

export const instantiate = generated.instantiate as Instantiate;

/** The names of the component's core modules. */
export const MODULES = [
  "countersign.core.wasm",
  "countersign.core2.wasm",
  "countersign.core3.wasm",
] as const;
