/** Each format read back by a small reader of its own, which shares nothing with the writer. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, decode } from "../../../../src/codecs/index.ts";
import { VOC_PALETTE } from "../../../../src/runtime/draw/palette.ts";
import {
  describeMask,
  type MaskSegment,
  type PolygonSegment,
  type RleSegment,
} from "../../../../src/runtime/tasks/segmentation/formats/describe.ts";
import { maskToPng } from "../../../../src/runtime/tasks/segmentation/formats/png.ts";
import { maskToPolygons } from "../../../../src/runtime/tasks/segmentation/formats/polygons.ts";
import { maskToRles } from "../../../../src/runtime/tasks/segmentation/formats/rle.ts";
import type { ClassMask } from "../../../../src/runtime/tasks/segmentation/types.ts";

/** Masks of three classes: noise (one-pixel regions, holes, corners that touch), and smooth ones made of boxes over each other. */
const noise = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }))
  .chain(([width, height]) =>
    fc
      .array(fc.nat(2), { minLength: width * height, maxLength: width * height })
      .map((values): ClassMask => ({ width, height, classes: Uint8Array.from(values) })),
  );

const boxes = fc
  .tuple(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 30 }),
    fc.array(fc.tuple(fc.nat(29), fc.nat(29), fc.nat(29), fc.nat(29), fc.nat(255)), { maxLength: 12 }),
  )
  .map(([width, height, drawn]): ClassMask => {
    const classes = new Uint8Array(width * height);
    for (const [x0, y0, x1, y1, index] of drawn) {
      for (let y = y0; y < Math.min(y1, height); y++) {
        for (let x = x0; x < Math.min(x1, width); x++) classes[y * width + x] = index;
      }
    }
    return { width, height, classes };
  });

const masks = fc.oneof(noise, boxes);

const mask = (rows: string[]): ClassMask => ({
  width: rows[0].length,
  height: rows.length,
  classes: Uint8Array.from(rows.join(""), Number),
});

/** pycocotools' `rleFrString` and `rleDecode`, by their definition. */
function decodeRle({ size, counts }: { size: readonly number[]; counts: string }): boolean[] {
  const [height, width] = size;
  const lengths: number[] = [];
  for (let p = 0; p < counts.length; ) {
    let value = 0;
    for (let shift = 0; ; shift += 5) {
      const group = counts.charCodeAt(p++) - 48;
      value |= (group & 0x1f) << shift;
      if (group & 0x20) continue;
      if (group & 0x10) value |= -1 << (shift + 5);
      break;
    }
    lengths.push(lengths.length > 2 ? value + lengths[lengths.length - 2] : value);
  }
  const columns = lengths.flatMap((length, i) => Array<boolean>(length).fill(i % 2 === 1));
  expect(columns.length).toBe(width * height);
  return Array.from(
    { length: width * height },
    (_, i) => columns[(i % width) * height + Math.floor(i / width)],
  );
}

/** Even-odd: crossing an upright edge turns the inside out, for all pixels to its right. */
function fill(rings: readonly number[][], width: number, height: number): boolean[] {
  const inside = Array<boolean>(width * height).fill(false);
  for (const ring of rings) {
    for (let p = 0; p < ring.length; p += 2) {
      const [x0, y0] = [ring[p], ring[p + 1]];
      const [x1, y1] = [ring[(p + 2) % ring.length], ring[(p + 3) % ring.length]];
      if (x0 !== x1 && y0 !== y1) throw new Error(`a slanted edge from ${x0}, ${y0} to ${x1}, ${y1}`);
      for (let y = Math.min(y0, y1); y < Math.max(y0, y1); y++) {
        for (let x = x0; x < width; x++) inside[y * width + x] = !inside[y * width + x];
      }
    }
  }
  return inside;
}

/** Puts classes together again from one picture a class. */
function recombine(layers: readonly { index: number; inside: boolean[] }[], size: number): number[] {
  const classes = Array<number>(size).fill(-1);
  for (const { index, inside } of layers) {
    inside.forEach((value, i) => {
      if (!value) return;
      expect(classes[i]).toBe(-1);
      classes[i] = index;
    });
  }
  return classes;
}

describe("formats of a mask", () => {
  it("png: the palette gives the class back", async () => {
    await fc.assert(
      fc.asyncProperty(masks, async ({ width, height, classes }) => {
        const { pixels } = await decode(await maskToPng({ width, height, classes }), DEFAULT_LIMITS);
        const expected = [...classes].flatMap((c) => [...VOC_PALETTE.subarray(c * 3, c * 3 + 3)]);
        expect([...pixels]).toEqual(expected);
      }),
    );
  });

  it("rle: runs give the classes back", async () => {
    await fc.assert(
      fc.asyncProperty(masks, async (m) => {
        const segments = (await describeMask(m, [], "rle")) as RleSegment[];
        const layers = segments.map(({ index, rle }) => ({ index, inside: decodeRle(rle) }));
        expect(recombine(layers, m.classes.length)).toEqual([...m.classes]);
      }),
      { numRuns: 300 },
    );
  });

  it("polygons: outlines give the classes back, holes and single pixels among them", async () => {
    await fc.assert(
      fc.asyncProperty(masks, async (m) => {
        const segments = (await describeMask(m, [], "polygons")) as PolygonSegment[];
        const layers = segments.map(({ index, polygons }) => ({
          index,
          inside: fill(polygons.flat(), m.width, m.height),
        }));
        expect(recombine(layers, m.classes.length)).toEqual([...m.classes]);
      }),
      { numRuns: 300 },
    );
  });

  it("polygons: each is one region, its holes inside its outer ring", () => {
    fc.assert(
      fc.property(masks, (m) => {
        for (const polygons of maskToPolygons(m).values()) {
          for (const [outer, ...holes] of polygons) {
            const whole = fill([outer], m.width, m.height);
            for (const hole of holes) {
              const pixels = fill([hole], m.width, m.height);
              expect(pixels.some((inside) => inside)).toBe(true);
              expect(pixels.every((inside, i) => !inside || whole[i])).toBe(true);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("json: one black-and-white picture a class gives the classes back", async () => {
    await fc.assert(
      fc.asyncProperty(masks, async (m) => {
        const segments = (await describeMask(m, [], "json")) as MaskSegment[];
        const layers = await Promise.all(
          segments.map(async (segment) => {
            const png = Uint8Array.from(atob(segment.mask), (c) => c.charCodeAt(0));
            const { pixels } = await decode(png, DEFAULT_LIMITS);
            return {
              index: segment.index,
              inside: [...pixels.filter((_, i) => i % 3 === 0)].map((v) => v === 255),
            };
          }),
        );
        expect(recombine(layers, m.classes.length)).toEqual([...m.classes]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("polygons", () => {
  it("traces a ring with a hole and an island in it", () => {
    const polygons = maskToPolygons(mask(["1111", "1001", "1011", "1111"]));
    expect(polygons.get(1)).toEqual([
      [
        [4, 0, 4, 4, 0, 4, 0, 0],
        [1, 1, 1, 3, 2, 3, 2, 2, 3, 2, 3, 1],
      ],
    ]);
    expect(polygons.get(0)).toEqual([[[3, 1, 3, 2, 2, 2, 2, 3, 1, 3, 1, 1]]]);
  });

  it("keeps pixels that touch at a corner apart", () => {
    expect(maskToPolygons(mask(["10", "01"])).get(1)).toEqual([
      [[1, 0, 1, 1, 0, 1, 0, 0]],
      [[2, 1, 2, 2, 1, 2, 1, 1]],
    ]);
  });
});

describe("polygons of noise", () => {
  it("are refused before they fill memory", () => {
    const classes = new Uint8Array(700 * 700).map((_, i) => (i + Math.floor(i / 700)) % 2);
    expect(() => maskToPolygons({ width: 700, height: 700, classes })).toThrow("over 1000000 corners");
  });
});

describe("rle", () => {
  // pycocotools 2.0: mask.encode(np.asfortranarray([[0, 1, 1], [1, 1, 0]], dtype=np.uint8)), and 20,000 rows, [100:15000, 1] = 1.
  it("writes pycocotools' strings", () => {
    expect(maskToRles(mask(["011", "110"])).get(1)).toEqual({ size: [2, 3], counts: "141" });
    const tall: ClassMask = { width: 3, height: 20000, classes: new Uint8Array(60000) };
    for (let y = 100; y < 15000; y++) tall.classes[y * 3 + 1] = 5;
    expect(maskToRles(tall).get(5)?.counts).toBe("Tdc0da>X]h0");
  });
});

describe("describeMask", () => {
  it("tells label, share and box", async () => {
    const [background, dog] = await describeMask(mask(["000", "022"]), ["background", "cat", "dog"], "rle");
    expect(background).toMatchObject({ label: "background", index: 0, share: 4 / 6 });
    expect(dog).toMatchObject({ label: "dog", index: 2, box: { xmin: 1, ymin: 1, xmax: 3, ymax: 2 } });
  });
});
