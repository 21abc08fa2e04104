import { describe, expect, test } from "vitest";
import {
  centerCropOffset,
  longerSideTo,
  rcnnSize,
  shorterSideTo,
} from "../../../src/runtime/preprocess/size.ts";
import crops from "./fixtures/crops.json";
import sizes from "./fixtures/sizes.json";

describe("sizes that torchvision computes", () => {
  test(`${sizes.sizes.length} pictures, five presets`, () => {
    for (const [width, height, ...expected] of sizes.sizes) {
      const size = { width, height };
      const computed = [
        shorterSideTo(size, 256).size,
        shorterSideTo(size, 232).size,
        shorterSideTo(size, 520, 1333).size,
        rcnnSize(size, 320, 640),
        rcnnSize(size, 800, 1333),
      ].flatMap((one) => [one.width, one.height]);
      expect([width, height, ...computed]).toEqual([width, height, ...expected]);
    }
  });

  test("crops", () => {
    for (const [side, crop, offset] of crops.offsets) {
      expect([side, crop, centerCropOffset(side, crop)]).toEqual([side, crop, offset]);
    }
  });
});

test("a cap is told", () => {
  expect(shorterSideTo({ width: 100, height: 300 }, 520, 1333)).toEqual({
    size: { width: 444, height: 1333 },
    capped: true,
  });
  expect(shorterSideTo({ width: 100, height: 200 }, 520, 1333).capped).toBe(false);
});

test("no side is ever 0", () => {
  const thin = { width: 1, height: 4000 };
  expect(shorterSideTo(thin, 520, 1333).size).toEqual({ width: 1, height: 1333 });
  expect(rcnnSize(thin, 320, 640)).toEqual({ width: 1, height: 640 });
  expect(longerSideTo(thin, 512)).toEqual({ width: 1, height: 512 });
});
