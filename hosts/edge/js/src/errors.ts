/** Why the component refuses a token: the names of `token-error` in the contract. */
export type Reason =
  | "malformed"
  | "too-large"
  | "unknown-key"
  | "bad-signature"
  | "unsupported-critical"
  | "wrong-type"
  | "wrong-issuer"
  | "wrong-audience"
  | "expired"
  | "not-yet-valid"
  | "revoked";

/** The token is refused: an error of the caller. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";

  constructor(readonly reason: Reason) {
    super(`the token is refused: ${reason}`);
  }
}

/** The permission is not of the form `resource:action`. */
export class MalformedPermission extends Error {
  override readonly name = "MalformedPermission";

  constructor(permission: string) {
    super(`\`${permission}\` is not a permission of the form \`resource:action\``);
  }
}

/** There are no keys that may be used now: no token can be judged. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";

  /** @param retryAfterSeconds How long to wait before another attempt. */
  constructor(
    readonly retryAfterSeconds: number,
    cause: unknown,
  ) {
    super("the keys are not available", { cause });
  }
}

/** The settings of the verifier are wrong; the message names the setting. */
export class InvalidSetting extends Error {
  override readonly name = "InvalidSetting";
}

/** The key set is refused as a whole. */
export class InvalidKeySet extends Error {
  override readonly name = "InvalidKeySet";
}

/** The component called a capability that a verifier does not have. */
export class MissingCapability extends Error {
  override readonly name = "MissingCapability";

  constructor(capability: string) {
    super(`a verifier has no capability \`${capability}\``);
  }
}

/** The component failed. The next call gets a fresh instance. */
export class ComponentFailed extends Error {
  override readonly name = "ComponentFailed";

  constructor(cause: unknown) {
    super("the component failed", { cause });
  }
}
