import { instantiate } from "./component-files.js";
import { ComponentFailed, MalformedPermission, MissingCapability, TokenRefused } from "./errors.js";
import type { Reason } from "./errors.js";
import type { Algorithm, Modules } from "./platform.js";

export interface Expectation {
  issuer: string;
  audience: string;
  leewaySeconds: number;
}

/** The signature of a token, and what it has to be checked with. Nothing in it is verified. */
export interface UnverifiedSignature {
  keyId: string;
  message: string;
  bytes: Uint8Array;
}

/** What the platform found out about the signature of a token. */
export interface CheckedSignature extends UnverifiedSignature {
  /** The algorithm of the key; `undefined` when there is no such key. */
  algorithm: Algorithm | undefined;
  isRight: boolean;
}

/** The claims of a token that passed every check (RFC 9068 §2.2). Times are in seconds since 1970. */
export interface Claims {
  issuer: string;
  subject: string;
  audience: string[];
  clientId: string;
  tokenId: string;
  sessionId: string;
  roles: string[];
  issuedAt: number;
  expiresAt: number;
  authenticatedAt: number;
  methods: string[];
}

export interface MatchedRule {
  /** The role of the subject that states or inherits the rule. */
  role: string;
  /** The permission pattern of the rule, as the policy writes it. */
  rule: string;
  /** The path of inheritance, from `role` to the role that states the rule. */
  via: string[];
}

/** Whether the policy allows a permission, and which rule says so. */
export type Decision =
  | { allowed: true; by: MatchedRule }
  | { allowed: false; by?: MatchedRule };

export interface Question {
  subject: string;
  roles: string[];
  permission: string;
  owner?: string | undefined;
}

/** A place in a policy file, counted from 1. */
export interface Position {
  line: number;
  column: number;
}

/** One finding about a policy file. */
export interface Diagnostic {
  fault: string;
  start: Position;
  end: Position;
  path: string;
  reason: string;
}

/** A compiled role. Only the component looks inside. */
export interface Role {
  name: string;
}

/** The longest text that is handed to the component, in UTF-16 units: far above its own limit. */
const MAX_TOKEN_LENGTH = 64 * 1024;

/** The component with the capabilities of a verifier. It keeps no state between calls. */
export class Component {
  #exports: ReturnType<typeof instantiate> | undefined;
  /** Of the call that runs. A call is synchronous, so there is never more than one. */
  #signature: CheckedSignature | undefined;

  constructor(
    private readonly modules: Modules,
    private readonly now: () => number,
    private readonly roles: ReadonlyMap<string, Role>,
  ) {}

  /** Says which key has to have signed which bytes. Throws `TokenRefused`. */
  readSignature(token: string): UnverifiedSignature {
    return this.#call((exports) => exports.verification.readSignature(bounded(token)), refusal);
  }

  /** Verifies a token, given what the platform says about its signature. Throws `TokenRefused`. */
  verify(token: string, expected: Expectation, signature: CheckedSignature): Claims {
    this.#signature = signature;
    try {
      const claims = this.#call(
        (exports) => exports.verification.verify(bounded(token), expected),
        refusal,
      );
      return {
        ...claims,
        issuedAt: Number(claims.issuedAt),
        expiresAt: Number(claims.expiresAt),
        authenticatedAt: Number(claims.authenticatedAt),
      };
    } finally {
      this.#signature = undefined;
    }
  }

  /** Decides for a subject whose roles are verified. Throws `MalformedPermission`. */
  decide(question: Question): Decision {
    const decision = this.#call(
      (exports) => exports.access.decide(question),
      () => new MalformedPermission(question.permission),
    );
    switch (decision.tag) {
      case "allowed":
        return { allowed: true, by: decision.val };
      case "denied":
        return { allowed: false, by: decision.val };
      case "unmatched":
        return { allowed: false };
    }
  }

  /** Compiles a policy file to its roles, or says what is wrong with it. */
  compilePolicy(text: string): { roles: Role[] } | { diagnostics: Diagnostic[] } {
    let diagnostics: Diagnostic[] = [];
    try {
      return this.#call(
        (exports) => exports.policy.compile(text),
        (payload) => {
          diagnostics = payload as Diagnostic[];
          return new Refused();
        },
      );
    } catch (error) {
      if (error instanceof Refused) {
        return { diagnostics };
      }
      throw error;
    }
  }

  #call<T>(
    call: (exports: ReturnType<typeof instantiate>) => T,
    refused: (payload: unknown) => Error,
  ): T {
    try {
      this.#exports ??= this.#instantiate();
      return call(this.#exports);
    } catch (error) {
      // A typed refusal is thrown as it is in the contract; all else is an `Error`.
      if (!(error instanceof Error)) {
        throw refused(error);
      }
      // An instance that trapped is in no state to be used again.
      this.#exports = undefined;
      throw error instanceof MissingCapability ? error : new ComponentFailed(error);
    }
  }

  #instantiate(): ReturnType<typeof instantiate> {
    const module = (name: string) => {
      const module = this.modules[name];
      if (module === undefined) {
        throw new Error(`the component has an unexpected module ${name}`);
      }
      return module;
    };
    return instantiate(module, {
      "countersign:auth/clock": { now: () => BigInt(this.now()) },
      "countersign:auth/keyring": {
        find: (id: string) => (this.#of(id).isKnown ? this.#signature?.algorithm : undefined),
        verify: (id: string, message: string, bytes: Uint8Array) =>
          this.#of(id).hasSigned(message, bytes),
        active: missing("keyring.active"),
      },
      "countersign:auth/policy-source": {
        findRole: (name: string) => this.roles.get(name),
        readDeployment: missing("policy-source.read-deployment"),
        readSettings: missing("policy-source.read-settings"),
      },
      ...ABSENT,
    });
  }

  /** What the platform's check says about the key `id`: nothing unless it is that of the token. */
  #of(id: string) {
    const signature = this.#signature;
    return {
      isKnown: signature?.keyId === id,
      hasSigned: (message: string, bytes: Uint8Array) =>
        signature?.keyId === id &&
        signature.message === message &&
        signature.bytes.length === bytes.length &&
        signature.bytes.every((byte, index) => byte === bytes[index]) &&
        signature.isRight,
    };
  }
}

class Refused extends Error {}

function refusal(payload: unknown): Error {
  return new TokenRefused(payload as Reason);
}

function bounded(token: string): string {
  return token.length > MAX_TOKEN_LENGTH ? token.slice(0, MAX_TOKEN_LENGTH) : token;
}

function missing(capability: string) {
  return () => {
    throw new MissingCapability(capability);
  };
}

/** The interfaces of world `service` that a verifier does not have: each function names itself. */
const ABSENT = Object.fromEntries(
  [
    "account-store",
    "audit-log",
    "code-store",
    "entropy",
    "password-hasher",
    "session-store",
    "signer",
    "throttle-store",
  ].map((name) => [
    `countersign:auth/${name}`,
    new Proxy({}, { get: (_, property) => missing(`${name}.${String(property)}`) }),
  ]),
);
