/** The algorithms of public keys, by their names in the contract. */
export type Algorithm = "ed-dsa" | "es256" | "rs256";

/** The members of a public JWK that make up the key (RFC 7517, RFC 7518 §6, RFC 8037 §2). */
export type PublicJwk =
  | { kty: "OKP"; crv: "Ed25519"; x: string }
  | { kty: "EC"; crv: "P-256"; x: string; y: string }
  | { kty: "RSA"; n: string; e: string };

/** The core modules of the component, compiled. */
export type Modules = Readonly<Record<string, WebAssembly.Module>>;

/** Checks signatures with one key. */
export type Check = (message: string, signature: Uint8Array) => boolean | Promise<boolean>;

/** What differs between hosts. */
export interface Platform {
  /** The component's modules: bundled, read or fetched. */
  loadModules(): Modules | Promise<Modules>;

  /** Reads a key. Throws when it is not a valid one. */
  importKey(jwk: PublicJwk, algorithm: Algorithm): Check | Promise<Check>;
}
