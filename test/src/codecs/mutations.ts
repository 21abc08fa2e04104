/**
 * Damaged and hostile pictures of every format but JPEG, for property tests and for `tools/fuzz`.
 *
 * @module
 */
import fc from "fast-check";
import { unzlibSync, zlibSync } from "fflate";
import formats from "./fixtures/formats.json" with { type: "json" };
import pngs from "./fixtures/png.json" with { type: "json" };
import { join, makeChunk } from "./png/make-png.ts";

/** Where a picture was taken from, and what became of it. */
export interface Mutant {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One change. Places are fractions of the file's length, so that they mean something after others too. */
type Edit =
  | { readonly kind: "set"; readonly at: number; readonly value: number }
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "delete" | "repeat"; readonly at: number; readonly count: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "number"; readonly at: number; readonly bytes: number; readonly value: number };

/** Not `fc.double`, which prefers the very smallest: the signature would be hit most of the time. */
const place = fc.nat(1_000_000).map((n) => n / 1_000_001);
/** Headers lie at the start, and are where damage does most. */
const early = fc.oneof(
  place,
  fc.nat(100_000).map((n) => n / 1_000_001),
);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), at: early, value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant("flip" as const), at: early, bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
  fc.record({
    kind: fc.constantFrom("delete" as const, "repeat" as const),
    at: early,
    count: fc.integer({ min: 1, max: 300 }),
  }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: early,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  }),
  fc.record({
    kind: fc.constant("number" as const),
    at: early,
    bytes: fc.constantFrom(2, 4),
    value: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0xffffffff })),
  }),
);

const edits = fc.oneof(
  fc.array(edit, { minLength: 1, maxLength: 2 }),
  fc.array(edit, { minLength: 1, maxLength: 8 }),
);

/** These stay: without them nothing else is looked at. (BMP's is shorter, PNG's as long.) */
const SIGNATURE_BYTES = 8;

interface Fixture {
  readonly name: string;
  readonly file: string;
}

type Change = (bytes: Uint8Array) => Uint8Array;

function mutantsOf(
  fixtures: readonly Fixture[],
  around: (change: Change) => Change = (change) => change,
): fc.Arbitrary<Mutant> {
  const seeds = fixtures.map(({ name, file }) => ({ name, bytes: fromBase64(file) }));
  return fc.record({ seed: fc.constantFrom(...seeds), changes: edits }).map(({ seed, changes }) => {
    const change = around((bytes) => changes.reduce(apply, bytes));
    return { name: seed.name, bytes: change(seed.bytes) };
  });
}

/** PNG files with damage that their checksums show: nearly all are refused before a pixel is read. */
export const damagedPng = mutantsOf(pngs);

/** PNG files that someone damaged on purpose: the checksums are right again, or the damage lies in the filtered rows before deflate. */
export const hostilePng = fc.oneof(
  mutantsOf(pngs, (change) => (bytes) => mendChecksums(change(bytes))),
  mutantsOf(pngs, changeRows),
);

/** WebP, GIF and BMP files. */
export const damagedOther = mutantsOf(formats.filter(({ name }) => !name.startsWith("png")));

function apply(bytes: Uint8Array, edit: Edit): Uint8Array {
  const at = SIGNATURE_BYTES + Math.floor(edit.at * (bytes.length - SIGNATURE_BYTES));
  switch (edit.kind) {
    case "set":
      return patch(bytes, at, [edit.value]);
    case "flip":
      return patch(bytes, at, [(bytes[at] ?? 0) ^ (1 << edit.bit)]);
    case "number": {
      const little = [0, 8, 16, 24].slice(0, edit.bytes).map((shift) => (edit.value >>> shift) & 255);
      return patch(bytes, at, at & 1 ? little : little.reverse());
    }
    case "cut":
      return bytes.slice(0, at);
    case "delete":
      return splice(bytes, at, edit.count, new Uint8Array(0));
    case "repeat":
      return splice(bytes, at, 0, bytes.slice(at, at + edit.count));
    case "insert":
      return splice(bytes, at, 0, edit.bytes);
  }
}

function patch(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const patched = bytes.slice();
  for (let i = 0; i < values.length && at + i < bytes.length; i++) patched[at + i] = values[i];
  return patched;
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const head = bytes.subarray(0, at);
  const tail = bytes.subarray(Math.min(bytes.length, at + remove));
  const spliced = new Uint8Array(head.length + insert.length + tail.length);
  spliced.set(head);
  spliced.set(insert, head.length);
  spliced.set(tail, head.length + insert.length);
  return spliced;
}

/** Gives every chunk that lies wholly in the file its right checksum. */
function mendChecksums(bytes: Uint8Array): Uint8Array {
  const mended = bytes.slice();
  const view = new DataView(mended.buffer);
  for (let at = 8; at + 12 <= mended.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > mended.length) break;
    const type = String.fromCharCode(...mended.subarray(at + 4, at + 8));
    // Types that are not ASCII would change their length when encoded.
    if (/^[\0-\x7f]{4}$/.test(type)) mended.set(makeChunk(type, mended.slice(at + 8, at + 8 + length)), at);
    at += 12 + length;
  }
  return mended;
}

/** Changes what the one IDAT chunk of a file inflates to. */
function changeRows(change: Change): Change {
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = SIGNATURE_BYTES;
    while (view.getUint32(at + 4) !== IDAT) at += 12 + view.getUint32(at);
    const end = at + 12 + view.getUint32(at);
    const rows = unzlibSync(bytes.subarray(at + 8, end - 4));
    // The edits leave a signature alone; rows have none.
    const changed = change(join([new Uint8Array(SIGNATURE_BYTES), rows])).subarray(SIGNATURE_BYTES);
    return join([bytes.subarray(0, at), makeChunk("IDAT", zlibSync(changed)), bytes.subarray(end)]);
  };
}

/** The chunk type as a number. */
const IDAT = 0x49444154;

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
