// Random choices that are the same for the same seed.

import { createHash } from "node:crypto";

export function seeded(seed) {
  let counter = 0;
  const bytes = (count) => {
    counter += 1;
    return createHash("shake256", { outputLength: count }).update(`${seed}:${counter}`).digest();
  };
  const below = (limit) => bytes(4).readUInt32BE() % limit;
  return { bytes, below, pick: (list) => list[below(list.length)] };
}
