import { KeysUnavailable } from "./errors.js";
import type { Key, KeySet } from "./key-set.js";

/** Finds the keys that may be used to verify now. */
export interface KeySource {
  /** Throws `KeysUnavailable` when it cannot tell whether there is such a key. */
  find(id: string): Promise<Key | undefined>;
}

/** How long fetched keys are used, in milliseconds. */
export interface Freshness {
  /** After this time the keys are fetched anew while the old ones still serve. */
  softTtl: number;
  /** After this time the keys are no longer used, so a withdrawn key is gone by then. */
  hardTtl: number;
  /** The least time between two fetches: for unknown ids, and after a failure. */
  coolDown: number;
}

export const FRESHNESS: Freshness = { softTtl: 300_000, hardTtl: 3_600_000, coolDown: 30_000 };

/** The least time between two fetches while there are no keys at all, in milliseconds. */
const EMPTY_COOL_DOWN = 1_000;

/** How far a soft TTL differs by chance, so that many verifiers do not fetch at one time. */
const JITTER = 0.1;

/** Keys that never change. */
export function fixedKeys(keys: KeySet): KeySource {
  return { find: (id) => Promise.resolve(keys.get(id)) };
}

/**
 * Keys from a URL. An id that is not among them causes a fetch, but the cool-down counts for all
 * ids together: so no flood of ids causes a second one, and nothing is kept for an unknown id.
 */
export class FetchedKeys implements KeySource {
  #keys: { set: KeySet; fetchedAt: number; softTtl: number } | undefined;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #underWay: Promise<void> | undefined;

  constructor(
    private readonly fetchKeys: () => Promise<KeySet>,
    private readonly freshness: Freshness,
    private readonly now: () => number,
    private readonly random: () => number = Math.random,
  ) {}

  async find(id: string): Promise<Key | undefined> {
    if (this.#age() >= this.freshness.hardTtl) {
      this.#keys = undefined;
      await this.#refresh(EMPTY_COOL_DOWN);
    } else if (this.#age() >= (this.#keys?.softTtl ?? 0)) {
      void this.#refresh(this.freshness.coolDown);
    }
    if (this.#keys && !this.#keys.set.has(id)) {
      await this.#refresh(this.freshness.coolDown);
    }
    if (this.#keys === undefined) {
      throw new KeysUnavailable(Math.ceil(EMPTY_COOL_DOWN / 1000), this.#failure);
    }
    return this.#keys.set.get(id);
  }

  /** The age of the keys. A clock that stepped back makes them old, since nobody knows it. */
  #age(): number {
    const age = this.#keys ? this.now() - this.#keys.fetchedAt : Number.POSITIVE_INFINITY;
    return age < 0 ? this.freshness.softTtl * (1 + JITTER) : age;
  }

  /** Fetches the keys unless that was tried within `coolDown`. All callers share one fetch. */
  #refresh(coolDown: number): Promise<void> {
    const elapsed = this.now() - this.#attemptedAt;
    if (!this.#underWay && elapsed >= 0 && elapsed < coolDown) {
      return Promise.resolve();
    }
    this.#underWay ??= this.#fetch().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async #fetch(): Promise<void> {
    this.#attemptedAt = this.now();
    try {
      const set = await this.fetchKeys();
      const softTtl = this.freshness.softTtl * (1 - JITTER * this.random());
      this.#keys = { set, fetchedAt: this.now(), softTtl };
    } catch (error) {
      // The old keys serve until their hard TTL.
      this.#failure = error;
    }
  }
}
