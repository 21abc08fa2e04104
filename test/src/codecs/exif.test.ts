import fc from "fast-check";
import { expect, test } from "vitest";
import { readExifOrientation, uprightSize } from "../../../src/codecs/index.ts";

/** An EXIF block of one directory. */
function exif(
  littleEndian: boolean,
  entries: readonly (readonly [tag: number, type: number, value: number])[],
) {
  const bytes = new Uint8Array(8 + 2 + entries.length * 12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, littleEndian ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, littleEndian);
  view.setUint32(4, 8, littleEndian);
  view.setUint16(8, entries.length, littleEndian);
  entries.forEach(([tag, type, value], i) => {
    const at = 10 + i * 12;
    view.setUint16(at, tag, littleEndian);
    view.setUint16(at + 2, type, littleEndian);
    view.setUint32(at + 4, 1, littleEndian);
    if (type === 4) view.setUint32(at + 8, value, littleEndian);
    else if (type === 1) view.setUint8(at + 8, value);
    else view.setUint16(at + 8, value, littleEndian);
  });
  return bytes;
}

const ORIENTATION = 0x0112;

test.each([true, false])("all orientations, little endian: %s", (littleEndian) => {
  for (let value = 1; value <= 8; value++) {
    for (const type of [1, 3, 4]) {
      const block = exif(littleEndian, [
        [0x010f, 3, 7],
        [ORIENTATION, type, value],
      ]);
      expect(readExifOrientation(block)).toBe(value);
    }
  }
});

test("what makes no sense is upright", () => {
  for (const value of [0, 9, 255]) expect(readExifOrientation(exif(true, [[ORIENTATION, 3, value]]))).toBe(1);
  expect(readExifOrientation(exif(true, [[ORIENTATION, 2, 6]]))).toBe(1);
  expect(readExifOrientation(exif(true, [[0x010f, 3, 6]]))).toBe(1);
  expect(readExifOrientation(new Uint8Array(0))).toBe(1);
});

test("any bytes give an orientation, never an error", () => {
  const damaged = fc
    .tuple(fc.boolean(), fc.nat(), fc.nat(255), fc.nat())
    .map(([littleEndian, at, value, length]) => {
      const block = exif(littleEndian, [[ORIENTATION, 3, 6]]);
      block[at % block.length] = value;
      return block.subarray(0, length % (block.length + 1));
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array()), (bytes) => {
      expect(readExifOrientation(bytes)).toBeOneOf([1, 2, 3, 4, 5, 6, 7, 8]);
    }),
    { numRuns: 2000 },
  );
});

test("quarter turns swap the sides", () => {
  expect(uprightSize({ width: 4, height: 3, orientation: 3 })).toEqual({ width: 4, height: 3 });
  expect(uprightSize({ width: 4, height: 3, orientation: 6 })).toEqual({ width: 3, height: 4 });
});
