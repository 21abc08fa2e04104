import type { Random } from "./random.ts";

/** Values that parsers stumble over, as bytes: the edges of 8, 16, 32 and 64 bits, little- and big-endian. */
const INTERESTING: readonly (readonly number[])[] = [
  [0],
  [0xff],
  [0x80],
  [0x7f],
  [0xff, 0xff],
  [0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff],
  [0x00, 0x00, 0x00, 0x80],
  [0xff, 0xff, 0xff, 0x7f],
  [0x7f, 0xff, 0xff, 0xff],
  [0x00, 0x00, 0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00],
];

/** Longest run of bytes that one mutation copies, removes or repeats. */
const MAX_RUN = 256;

/**
 * Damages a copy of some bytes in one to four ways: bits flipped, edge values written, runs removed, repeated or moved, the end cut off.
 *
 * @param place Chooses where: any index by default; a format's own choice keeps mutations out of bulk data.
 */
export function mutate(
  bytes: Uint8Array,
  random: Random,
  place: (length: number) => number = (length) => random.int(length),
): Uint8Array {
  let mutated: Uint8Array = bytes.slice();
  for (let rounds = 1 + random.int(4); rounds > 0 && mutated.length > 0; rounds--) {
    mutated = mutateOnce(mutated, random, Math.min(place(mutated.length), mutated.length - 1));
  }
  return mutated;
}

function mutateOnce(bytes: Uint8Array, random: Random, at: number): Uint8Array {
  const run = 1 + random.int(Math.min(MAX_RUN, bytes.length - at));
  switch (random.int(7)) {
    case 0:
      bytes[at] ^= 1 << random.int(8);
      return bytes;
    case 1:
      bytes[at] = random.int(256);
      return bytes;
    case 2:
      bytes.set(random.pick(INTERESTING).slice(0, bytes.length - at), at);
      return bytes;
    case 3: // Removes a run.
      return joined(bytes.subarray(0, at), bytes.subarray(at + run));
    case 4: // Repeats a run.
      return joined(bytes.subarray(0, at + run), bytes.subarray(at));
    case 5: {
      // Writes a run over another place.
      const from = random.int(bytes.length - run + 1);
      bytes.copyWithin(at, from, from + run);
      return bytes;
    }
    default: // Cuts the end off; rarely far from it, or little else would be tried.
      return random.int(4) === 0 ? bytes.slice(0, at) : bytes.slice(0, bytes.length - random.int(run));
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
