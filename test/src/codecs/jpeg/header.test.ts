import { describe, expect, it } from "vitest";
import {
  chooseScale,
  decodeJpeg,
  estimateJpegBytes,
  readJpegHeader,
} from "../../../../src/codecs/jpeg/index.ts";
import {
  collector,
  concat,
  corpusFile,
  decodeScaled,
  frameOffset,
  NO_LIMITS,
  patch,
  withHeight,
  withoutSegments,
  withSegment,
  withWidth,
} from "./support.ts";

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const photo = corpusFile("70x67 ycc 2x2,1x1,1x1 q90");

const decode = (bytes: Uint8Array, options = NO_LIMITS) => {
  const { sink, image } = collector();
  const report = decodeJpeg(bytes, options, sink);
  return { ...image(), ...report };
};

describe("readJpegHeader", () => {
  it("tells size, process, sampling and colour space", () => {
    expect(readJpegHeader(photo)).toMatchObject({
      format: "jpeg",
      width: 70,
      height: 67,
      orientation: 1,
      process: "baseline",
      sampling: "4:2:0",
      colorSpace: "ycbcr",
      interleaved: true,
    });
    expect(readJpegHeader(photo)).not.toHaveProperty("exif");
  });

  it.each([
    [0xc0, "baseline"],
    [0xc1, "extended sequential"],
    [0xc2, "progressive"],
  ])("names process 0x%s", (marker, process) => {
    expect(readJpegHeader(patch(photo, frameOffset(photo) + 1, marker)).process).toBe(process);
  });

  it.each([
    ["1x1,1x1,1x1", "4:4:4"],
    ["2x1,1x1,1x1", "4:2:2"],
    ["1x2,1x1,1x1", "4:4:0"],
    ["4x1,1x1,1x1", "4:1:1"],
    ["2x2,1x2,1x2", "2x2,1x2,1x2"],
  ])("calls sampling %s %s", (factors, name) => {
    expect(readJpegHeader(corpusFile(`ycc ${factors}`)).sampling).toBe(name);
  });

  it("gives EXIF as a view, and its orientation", () => {
    // Big-endian TIFF with one entry: tag 0x0112, SHORT, 1 value, 6.
    const tiff = Uint8Array.of(
      0x4d,
      0x4d,
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      1,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      6,
      0,
      0,
      0,
      0,
      0,
      0,
    );
    const header = readJpegHeader(withSegment(photo, 0xe1, concat([ascii("Exif\0\0"), tiff])));
    expect(header.exif).toEqual(tiff);
    expect(header.orientation).toBe(6);
  });

  it("takes colour spaces as libjpeg does", () => {
    const adobe = (transform: number) =>
      concat([ascii("Adobe"), Uint8Array.of(0, 100, 0, 0, 0, 0, transform)]);
    const three = withoutSegments(photo, 0xe0);
    const four = corpusFile("26x24 ycck");
    expect(readJpegHeader(three).colorSpace).toBe("ycbcr");
    expect(readJpegHeader(withSegment(three, 0xee, adobe(0))).colorSpace).toBe("rgb");
    expect(readJpegHeader(withSegment(three, 0xee, adobe(1))).colorSpace).toBe("ycbcr");
    // JFIF wins over Adobe.
    expect(readJpegHeader(withSegment(photo, 0xee, adobe(0))).colorSpace).toBe("ycbcr");
    expect(readJpegHeader(withoutSegments(four, 0xee)).colorSpace).toBe("cmyk");
    expect(readJpegHeader(four)).toMatchObject({ colorSpace: "ycck", adobeTransform: 2 });
  });

  it.each([
    [0xc3, "lossless"],
    [0xc5, "hierarchical sequential"],
    [0xc9, "arithmetic-coded sequential"],
    [0xca, "arithmetic-coded progressive"],
  ])("refuses process 0x%s by name", (marker, name) => {
    const bytes = patch(photo, frameOffset(photo) + 1, marker);
    expect(() => readJpegHeader(bytes)).toThrow(
      expect.objectContaining({ kind: "unsupported", message: expect.stringContaining(name) }),
    );
  });

  it("refuses 12 bits", () => {
    expect(() => readJpegHeader(patch(photo, frameOffset(photo) + 4, 12))).toThrow(/12-bit/);
  });

  it("refuses what is no picture", () => {
    const broken = expect.objectContaining({ kind: "broken" });
    expect(() => readJpegHeader(new Uint8Array(0))).toThrow(broken);
    expect(() => readJpegHeader(Uint8Array.of(0xff, 0xd8))).toThrow(broken);
    expect(() => readJpegHeader(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9))).toThrow(broken);
    expect(() => readJpegHeader(photo.subarray(0, 100))).toThrow(broken);
    expect(() => readJpegHeader(withWidth(photo, 0))).toThrow(broken);
  });
});

describe("a height of 0", () => {
  it("is that of the DNL segment behind the scan", () => {
    const dnl = Uint8Array.of(0xff, 0xdc, 0, 4, 0, 67);
    const bytes = concat([withHeight(photo, 0).subarray(0, -2), dnl, photo.subarray(-2)]);
    expect(readJpegHeader(bytes)).toMatchObject({ width: 70, height: 67 });
    expect(decode(bytes).pixels).toEqual(decode(photo).pixels);
  });

  it("is refused without one", () => {
    expect(() => readJpegHeader(withHeight(photo, 0))).toThrow(/height of 0/);
  });
});

describe("decodeJpeg", () => {
  it("never gives less than was asked for", () => {
    const big = withWidth(withHeight(photo, 3000), 4000);
    for (const [width, height, denominator] of [
      [1, 1, 8],
      [500, 375, 8],
      [501, 1, 4],
      [1, 376, 4],
      [1000, 750, 4],
      [2000, 1500, 2],
      [2001, 1, 1],
      [9000, 9000, 1],
    ] as const) {
      expect(chooseScale(readJpegHeader(big), { width, height })).toBe(denominator);
    }
    expect(chooseScale(readJpegHeader(big), undefined)).toBe(1);
    expect(decode(photo, { ...NO_LIMITS, minSize: { width: 18, height: 17 } })).toMatchObject({
      width: 18,
      height: 17,
    });
  });

  it("checks limits before anything is decoded", () => {
    const bomb = withWidth(withHeight(photo, 50_000), 50_000);
    const tooLarge = (name: string) =>
      expect.objectContaining({ kind: "too_large", message: expect.stringContaining(name) });
    const limited = (limits: object) => ({ limits: { ...NO_LIMITS.limits, ...limits } });
    expect(() => decode(bomb, limited({ maxPixels: 100e6 }))).toThrow(tooLarge("maxPixels"));
    expect(() => decode(bomb, limited({ maxSide: 40_000 }))).toThrow(tooLarge("maxSide"));
    expect(() => decode(photo, limited({ maxBytes: 1000 }))).toThrow(tooLarge("maxBytes"));
    const progressive = patch(bomb, frameOffset(bomb) + 1, 0xc2);
    expect(() => decode(progressive, limited({ maxDecodeBytes: 64e6 }))).toThrow(tooLarge("maxDecodeBytes"));
  });

  it("fills in the standard Huffman tables where there are none, as in Motion JPEG", () => {
    // The encoder used those tables, as it was not asked for better ones.
    const standard = corpusFile("70x67 ycc 2x2,1x1,1x1 q50");
    const plain = withoutSegments(standard, 0xc4);
    expect(decodeScaled(plain, 1).pixels).toEqual(decodeScaled(standard, 1).pixels);
  });

  it("bridges a file without an end", () => {
    const { warnings, pixels } = decode(photo.subarray(0, -2));
    expect(warnings).toEqual([]);
    expect(pixels).toEqual(decode(photo).pixels);
  });
});

describe("estimateJpegBytes", () => {
  it("grows with the width of baseline files, with the area of others", () => {
    const wide = withWidth(withHeight(photo, 6000), 8000);
    const progressive = patch(wide, frameOffset(wide) + 1, 0xc2);
    const small = { width: 256, height: 256 };
    expect(estimateJpegBytes(readJpegHeader(wide))).toBeLessThan(2e6);
    expect(estimateJpegBytes(readJpegHeader(progressive))).toBeGreaterThan(48e6 * 3);
    expect(estimateJpegBytes(readJpegHeader(progressive), small)).toBeLessThan(40e6);
  });
});
