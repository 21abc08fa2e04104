import { describe, expect, it } from "vitest";
import { decodeJpeg } from "../../../../src/codecs/jpeg/index.ts";
import type { DecodeOptions } from "../../../../src/codecs/types.ts";
import {
  concat,
  corpusFile,
  frameOffset,
  NO_LIMITS,
  patch,
  tallJpeg,
  withHeight,
  withoutSegments,
  withSegment,
  withWidth,
} from "./support.ts";

/** Decodes, keeping nothing but the last row. */
function decode(bytes: Uint8Array, options: DecodeOptions = NO_LIMITS) {
  let rows = 0;
  let last: Uint8Array = new Uint8Array(0);
  let size = "";
  const { warnings } = decodeJpeg(bytes, options, {
    begin(width, height) {
      size = `${width}x${height}`;
    },
    row(_y, rgb) {
      rows++;
      last = rgb;
    },
    end() {},
  });
  return { rows, size, last: last.slice(0, 3), warnings };
}

const broken = expect.objectContaining({ name: "CodecError", kind: "broken" });
const photo = corpusFile("70x67 ycc 2x2,1x1,1x1 q90");
const progressive = corpusFile("43x45 ycc 2x2,1x1,1x1 q75 progressive");
const gray = Uint8Array.of(128, 128, 128);

describe("a file of 2 KB that declares 99 megapixels", () => {
  const size = (bytes: Uint8Array) => withWidth(withHeight(bytes, 9_900), 10_000);

  // They take 20, 10 and 110 ms.
  it("is gray where its data end", { timeout: 1000 }, () => {
    const { rows, last, warnings } = decode(size(photo));
    expect({ rows, last }).toEqual({ rows: 9_900, last: gray });
    expect(warnings).toContain("premature end of entropy-coded data");
  });

  it("is gray also where restart markers were to come", { timeout: 1000 }, () => {
    const { rows, last } = decode(withSegment(size(photo), 0xdd, Uint8Array.of(0, 1)));
    expect({ rows, last }).toEqual({ rows: 9_900, last: gray });
  });

  it("is decoded at 1/8 if it is progressive", { timeout: 2000 }, () => {
    const { size: scaled } = decode(size(progressive), {
      ...NO_LIMITS,
      minSize: { width: 256, height: 256 },
    });
    expect(scaled).toBe("1250x1238");
  });
});

describe("scans", () => {
  const scanAt = (bytes: Uint8Array) => {
    let at = 2;
    while (bytes[at + 1] !== 0xda) at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
    return at;
  };

  it("may not be thousands", () => {
    const at = scanAt(progressive);
    // The same bit of DC, again and again; each scan ends at once.
    const again = Uint8Array.of(0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0x10);
    const bytes = concat([progressive.subarray(0, at), ...Array<Uint8Array>(5000).fill(again)]);
    expect(() => decode(bytes)).toThrow(/more than 100 scans/);
  });

  it("may come in any order, with a warning", () => {
    const at = scanAt(progressive);
    const refinement = Uint8Array.of(0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0x10);
    const { warnings } = decode(concat([progressive.subarray(0, at), refinement, progressive.subarray(at)]));
    expect(warnings).toContain("scans out of order");
  });

  it("must make sense", () => {
    const parameters = scanAt(progressive) + 5 + 2 * progressive[scanAt(progressive) + 4];
    expect(() => decode(patch(progressive, parameters, 5, 2))).toThrow(broken);
    expect(() => decode(patch(progressive, parameters, 0, 3))).toThrow(broken);
    expect(() => decode(patch(photo, scanAt(photo) + 5, 99))).toThrow(/component 99/);
    expect(() => decode(patch(photo, scanAt(photo) + 4, 7))).toThrow(broken);
  });

  it("need their tables", () => {
    expect(() => decode(withoutSegments(progressive, 0xc4))).toThrow(/Huffman table/);
    expect(() => decode(withoutSegments(photo, 0xdb))).toThrow(/quantization table/);
  });
});

describe("headers", () => {
  it("with impossible sampling factors, tables or components are refused", () => {
    const frame = frameOffset(photo);
    expect(() => decode(patch(photo, frame + 11, 0x52))).toThrow(/sampling factors/);
    expect(() => decode(patch(photo, frame + 11, 0x44))).toThrow(/blocks in an MCU/);
    expect(() => decode(patch(photo, frame + 9, 2))).toThrow(broken);
    expect(() => decode(withSegment(photo, 0xc4, new Uint8Array(30).fill(255)))).toThrow(broken);
    expect(() => decode(withSegment(photo, 0xdb, new Uint8Array(10)))).toThrow(broken);
    expect(() => decode(withSegment(photo, 0xdd, new Uint8Array(5)))).toThrow(broken);
    expect(() =>
      decode(concat([photo.subarray(0, frame), photo.subarray(frame, frame + 19), photo.subarray(frame)])),
    ).toThrow(/second frame header/);
  });

  it("with sampling factors that divide unevenly are decoded, beyond what libjpeg does", () => {
    // 3:2 across, which libjpeg's upsampling refuses.
    const { size, warnings } = decode(patch(photo, frameOffset(photo) + 11, 0x32));
    expect(size).toBe("70x67");
    expect(warnings.length).toBeGreaterThan(0);
  });
});

it("goes on through strips of restart intervals", () => {
  expect(decode(tallJpeg("baseline 4:2:0", 3))).toMatchObject({ rows: 48, size: "8000x48", warnings: [] });
  expect(decode(tallJpeg("progressive 4:4:4", 5))).toMatchObject({ rows: 40, size: "8000x40", warnings: [] });
});
