/**
 * Damaged and hostile JPEG files for property tests.
 *
 * @module
 */
import fc from "fast-check";
import type { DecodeOptions } from "../../../../src/codecs/types.ts";
import corpus from "./fixtures/corpus.json" with { type: "json" };
import { bytesOf, concat, frameOffset, patch } from "./support.ts";

/** A file, and what to ask of the decoder. */
export interface Mutant {
  readonly bytes: Uint8Array;
  readonly options: DecodeOptions;
}

/** What a service would allow, but for the size of a picture: it bounds the time of a run. */
const LIMITS = { maxBytes: 1e6, maxPixels: 20e6, maxSide: 65_535, maxDecodeBytes: 64e6 };

/** Markers of every kind: frames, tables, restarts, the end, noise. */
const MARKERS = [
  0xc0, 0xc2, 0xc3, 0xc4, 0xc9, 0xd0, 0xd3, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xe1, 0xfe, 0x01,
];

/** One change. Places are fractions of the file's length, so that they mean something after others too. */
type Edit =
  | { readonly kind: "set"; readonly at: number; readonly value: number }
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "delete" | "repeat"; readonly at: number; readonly count: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "marker"; readonly at: number; readonly code: number }
  | { readonly kind: "size"; readonly width: number; readonly height: number };

/** Mostly behind the header, which is about a third of these files: most damage there makes a file unreadable at once. */
const place = fc.oneof(
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 4, arbitrary: fc.double({ min: 0.4, max: 1, noNaN: true }) },
);
const side = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 65_535 }));

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), at: place, value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
  fc.record({
    kind: fc.constantFrom("delete" as const, "repeat" as const),
    at: place,
    count: fc.integer({ min: 1, max: 300 }),
  }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: place,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  }),
  fc.record({ kind: fc.constant("marker" as const), at: place, code: fc.constantFrom(...MARKERS) }),
  fc.record({ kind: fc.constant("size" as const), width: side, height: side }),
);

/** Files of the corpus with up to four changes, to be decoded at any scale. */
export const mutant: fc.Arbitrary<Mutant> = fc
  .record({
    file: fc.nat({ max: corpus.length - 1 }),
    edits: fc.array(edit, { maxLength: 4 }),
    smallest: fc.option(fc.integer({ min: 1, max: 40 })),
    strict: fc.nat({ max: 7 }),
  })
  .map(({ file, edits, smallest, strict }) => ({
    bytes: edits.reduce(apply, bytesOf(corpus[file].jpeg)),
    options: {
      limits: LIMITS,
      strict: strict === 0,
      ...(smallest !== null && { minSize: { width: smallest, height: smallest } }),
    },
  }));

function apply(bytes: Uint8Array, change: Edit): Uint8Array {
  if (change.kind === "size") return resized(bytes, change.width, change.height);
  const at = Math.floor(change.at * bytes.length);
  const before = bytes.subarray(0, at);
  switch (change.kind) {
    case "set":
      return concat([before, Uint8Array.of(change.value), bytes.subarray(at + 1)]);
    case "flip":
      return concat([before, Uint8Array.of(bytes[at] ^ (1 << change.bit)), bytes.subarray(at + 1)]);
    case "cut":
      return before;
    case "delete":
      return concat([before, bytes.subarray(at + change.count)]);
    case "repeat":
      return concat([bytes.subarray(0, at + change.count), bytes.subarray(at)]);
    case "insert":
      return concat([before, change.bytes, bytes.subarray(at)]);
    case "marker":
      return concat([before, Uint8Array.of(0xff, change.code), bytes.subarray(at)]);
  }
}

/** Declares another size, where a frame header can still be found. */
function resized(bytes: Uint8Array, width: number, height: number): Uint8Array {
  const at = frameOffset(bytes);
  if (at + 9 > bytes.length) return bytes;
  return patch(bytes, at + 5, height >> 8, height & 255, width >> 8, width & 255);
}
