/** What the JPEG decoder takes at its peak, beside the file's own bytes and what the sink takes. */
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { decodeJpeg, estimateJpegBytes, readJpegHeader } from "../../../src/codecs/jpeg/index.ts";
import { NO_LIMITS, type StripKind, tallJpeg } from "../../src/codecs/jpeg/support.ts";

const MB = 1e6;

/** Runs the collector, which Node gives to those who ask; buffers are given back in the background. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await setTimeout(20);
  }
}

/** Heap and buffers, in bytes. */
function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The most that is in use while rows come, over what was before; garbage that waits to be collected included. */
async function peakOf(bytes: Uint8Array, side: number): Promise<number> {
  await collectGarbage();
  const before = used();
  let peak = 0;
  const minSize = { width: side, height: side };
  decodeJpeg(
    bytes,
    { ...NO_LIMITS, minSize },
    {
      begin() {
        peak = Math.max(peak, used());
      },
      row(y) {
        if (y % 8 === 0) peak = Math.max(peak, used());
      },
      end() {
        peak = Math.max(peak, used());
      },
    },
  );
  return peak - before;
}

/** A picture 8000 wide has these rows at 12 and at 48 megapixels. */
const ROWS = { 12: 1504, 48: 6000 } as const;

describe("peak memory", () => {
  const cases: [StripKind, 12 | 48, number, number][] = [
    ["baseline 4:2:0", 12, 256, 12],
    ["baseline 4:4:4", 12, 256, 12],
    ["baseline 4:2:0", 12, 1500, 12],
    ["baseline 4:2:0", 48, 256, 24],
    ["baseline 4:4:4", 48, 256, 24],
    ["baseline 4:2:0", 48, 6000, 24],
    ["progressive 4:2:0", 12, 188, 40],
    ["progressive 4:2:0", 12, 256, 40],
    ["progressive 4:4:4", 12, 188, 40],
    ["progressive 4:2:0", 48, 256, 40],
    ["progressive 4:4:4", 48, 256, 40],
  ];

  it.each(cases)("%s, %i MP, shorter side of %i: at most %i MB", async (kind, megapixels, side, most) => {
    const strip = kind.endsWith("4:4:4") ? 8 : 16;
    const bytes = tallJpeg(kind, ROWS[megapixels] / strip);
    const header = readJpegHeader(bytes);
    expect(header).toMatchObject({ width: 8000, height: ROWS[megapixels] });
    const peak = await peakOf(bytes, side);
    expect(peak).toBeLessThanOrEqual(most * MB);
    // At least the coefficients and samples; else nothing was measured.
    expect(peak).toBeGreaterThan(0);
    expect(estimateJpegBytes(header, { width: side, height: side })).toBeLessThanOrEqual(most * MB);
  });
});
