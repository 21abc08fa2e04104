import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, decode, type Image } from "../../../src/codecs/index.ts";
import { drawTag, drawText, fillRectangle, measureText, scaleOf } from "../../../src/runtime/draw/canvas.ts";
import { drawDetections } from "../../../src/runtime/draw/detections.ts";
import { drawMask } from "../../../src/runtime/draw/mask.ts";
import { classColor, VOC_PALETTE } from "../../../src/runtime/draw/palette.ts";
import { imageToPng } from "../../../src/runtime/draw/png.ts";

const blank = (width: number, height: number, value = 0): Image => ({
  width,
  height,
  pixels: new Uint8Array(width * height * 3).fill(value),
});

const at = ({ width, pixels }: Image, x: number, y: number) => [
  ...pixels.subarray((y * width + x) * 3).subarray(0, 3),
];

/** A picture as lines of text: what is not black. */
const lines = (image: Image) =>
  Array.from({ length: image.height }, (_, y) =>
    Array.from({ length: image.width }, (_, x) => (at(image, x, y).some((v) => v > 0) ? "#" : ".")).join(""),
  );

describe("canvas", () => {
  it("writes letters", () => {
    const image = blank(11, 7);
    drawText(image, 0, 0, "Ag", 1, [255, 255, 255]);
    expect(lines(image)).toEqual([
      ".###.......",
      "#...#..####",
      "#...#.#...#",
      "#####.#...#",
      "#...#..####",
      "#...#.....#",
      "#...#..###.",
    ]);
    expect(measureText("Ag", 3)).toEqual({ width: 33, height: 21 });
    expect(measureText("", 3).width).toBe(0);
  });

  it("draws a box for a letter that it lacks, one for each", () => {
    const image = blank(11, 7);
    drawText(image, 0, 0, "é😀", 1, [9, 9, 9]);
    expect(lines(image)[0]).toBe("#####.#####");
  });

  it("has a glyph for every printable character, and no two alike", () => {
    const glyphs = new Set<string>();
    for (let code = 32; code < 127; code++) {
      const image = blank(5, 7);
      drawText(image, 0, 0, String.fromCharCode(code), 1, [255, 255, 255]);
      glyphs.add(lines(image).join("\n"));
    }
    expect(glyphs.size).toBe(95);
  });

  it("clips to the picture", () => {
    const coordinate = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, coordinate, (a, b, c, d) => {
        const image = blank(5, 4);
        fillRectangle(image, a, b, c, d, [1, 2, 3]);
        for (let y = 0; y < 4; y++) {
          for (let x = 0; x < 5; x++) {
            const inside = x >= Math.round(a) && x < Math.round(c) && y >= Math.round(b) && y < Math.round(d);
            expect(at(image, x, y)).toEqual(inside ? [1, 2, 3] : [0, 0, 0]);
          }
        }
      }),
    );
  });

  it("writes black on bright and white on dark colours", () => {
    for (const [color, ink] of [
      [[255, 255, 0], 0],
      [[0, 0, 255], 255],
    ] as const) {
      const image = blank(20, 20, 77);
      drawTag(image, 0, 0, { text: "I", color }, 1);
      expect(at(image, 4, 4)).toEqual([ink, ink, ink]);
      expect(at(image, 0, 0)).toEqual([...color]);
    }
  });
});

describe("palette", () => {
  it("has VOC's colours", () => {
    // VOCdevkit's VOClabelcolormap: aeroplane, bicycle, person, tvmonitor, void.
    const colors = [1, 2, 15, 20, 255].map((i) => [...VOC_PALETTE.subarray(i * 3, i * 3 + 3)]);
    expect(colors).toEqual([
      [128, 0, 0],
      [0, 128, 0],
      [192, 128, 128],
      [0, 64, 128],
      [224, 224, 192],
    ]);
  });

  it("gives bright colours, different for the classes of one model", () => {
    const colors = Array.from({ length: 91 }, (_, i) => classColor(i));
    expect(new Set(colors.map(String)).size).toBe(91);
    for (const color of colors) {
      expect(Math.max(...color)).toBe(255);
      expect(Math.min(...color)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("drawDetections", () => {
  it("frames a box and names it", () => {
    const image = blank(100, 80);
    const box = { xmin: 10, ymin: 20, xmax: 90, ymax: 70 };
    drawDetections(image, [{ label: "dog", index: 18, score: 0.934, box }]);
    const color = [...classColor(18)];
    for (const [x, y] of [
      [10, 20],
      [89, 69],
      [50, 21],
      [11, 40],
    ]) {
      expect(at(image, x, y)).toEqual(color);
    }
    expect(at(image, 50, 40)).toEqual([0, 0, 0]);
    expect(at(image, 9, 40)).toEqual([0, 0, 0]);
    // The tag lies above the box: 11 pixels high.
    expect(at(image, 10, 9)).toEqual(color);
    expect(at(image, 10, 8)).toEqual([0, 0, 0]);
  });

  it("draws on pictures of any size, boxes at their edges and beyond", () => {
    const coordinate = fc.integer({ min: -50, max: 5000 });
    const detection = fc
      .tuple(
        coordinate,
        coordinate,
        coordinate,
        coordinate,
        fc.string(),
        fc.nat(300),
        fc.double({ min: 0, max: 1, noNaN: true }),
      )
      .map(([a, b, c, d, label, index, score]) => ({
        label,
        index,
        score,
        box: { xmin: Math.min(a, c), ymin: Math.min(b, d), xmax: Math.max(a, c), ymax: Math.max(b, d) },
      }));
    const sizes = fc.constantFrom([1, 1], [1, 4000], [4000, 1], [60, 40]);
    fc.assert(
      fc.property(sizes, fc.array(detection, { maxLength: 5 }), ([width, height], detections) => {
        const image = blank(width, height);
        drawDetections(image, detections);
        expect(image.pixels).toHaveLength(width * height * 3);
      }),
      { numRuns: 60 },
    );
  });

  it("suits the size of text to the picture", () => {
    expect([scaleOf(blank(1, 1)), scaleOf(blank(640, 480)), scaleOf(blank(3000, 2000))]).toEqual([1, 2, 8]);
  });
});

describe("drawMask", () => {
  it("tints classes, their borders more, and leaves the background", () => {
    const image = blank(40, 30, 100);
    const classes = new Uint8Array(40 * 30);
    for (let y = 15; y < 25; y++) classes.fill(2, y * 40 + 20, y * 40 + 30);
    drawMask(image, { width: 40, height: 30, classes }, ["background", "cat", "dog"]);
    const [red] = classColor(2);
    expect(at(image, 25, 20)[0]).toBe(100 + Math.round((red - 100) * 0.5));
    expect(at(image, 20, 15)[0]).toBe(100 + Math.round((red - 100) * 0.9));
    expect(at(image, 35, 27)).toEqual([100, 100, 100]);
    // The legend.
    expect(at(image, 0, 0)).toEqual([...classColor(2)]);
  });

  it("leaves a picture without classes as it is", () => {
    const image = blank(3, 2, 50);
    drawMask(image, { width: 3, height: 2, classes: new Uint8Array(6) }, ["background"]);
    expect(image.pixels.every((value) => value === 50)).toBe(true);
  });

  it("refuses a mask of another size", () => {
    const mask = { width: 2, height: 2, classes: new Uint8Array(4) };
    expect(() => drawMask(blank(3, 2), mask, [])).toThrow("2 by 2 does not fit a picture of 3 by 2");
  });
});

describe("imageToPng", () => {
  it("gives the picture back", async () => {
    const image = blank(5, 3);
    drawText(image, 0, 0, "ok", 1, [10, 20, 30]);
    expect((await decode(await imageToPng(image), DEFAULT_LIMITS)).pixels).toEqual(image.pixels);
  });
});
