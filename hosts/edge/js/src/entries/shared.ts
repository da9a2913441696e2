export { SHA256 } from "../component-files.js";
export type { Claims, Decision, Diagnostic, MatchedRule } from "../component.js";
export * from "../errors.js";
export type { Settings, Verifier } from "../verifier.js";
