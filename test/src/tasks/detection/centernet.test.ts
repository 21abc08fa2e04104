import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outputs } from "../../../../src/runtime/engines/engine.ts";
import { decodeCenternet } from "../../../../src/runtime/tasks/detection/centernet.ts";
import { makeTopScores } from "../../../../src/runtime/tasks/detection/top-scores.ts";

/** Heads of `classes` classes on `height` by `width` cells. */
function heads(
  classes: number,
  height: number,
  width: number,
  keypoints: ArrayLike<number>,
  wh = new Float32Array(4 * height * width),
): Outputs {
  return {
    keypoints: { dims: [1, classes, height, width], data: Float32Array.from(keypoints) },
    wh: { dims: [1, 4, height, width], data: wh },
  };
}

/** The graph's own steps, one after the other: max pooling, equality, product, top-k over `[h, w, classes]`. */
function decodeAsGraph({ keypoints, wh }: Outputs, stride: number, count: number) {
  const [, classes, height, width] = keypoints.dims;
  const at = (c: number, y: number, x: number) =>
    y < 0 || x < 0 || y >= height || x >= width
      ? Number.NEGATIVE_INFINITY
      : keypoints.data[(c * height + y) * width + x];
  const around = [-1, 0, 1];
  const flat: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < classes; c++) {
        const pooled = Math.max(...around.flatMap((dy) => around.map((dx) => at(c, y + dy, x + dx))));
        flat.push(at(c, y, x) === pooled ? at(c, y, x) : 0);
      }
  const order = [...flat.keys()].sort((a, b) => flat[b] - flat[a] || a - b).slice(0, count);
  return order
    .filter((index) => flat[index] > 0)
    .map((index) => {
      const cell = Math.floor(index / classes);
      const [x, y] = [(cell % width) * stride, Math.floor(cell / width) * stride];
      const side = (i: number) => wh.data[i * height * width + cell];
      const box = [x - side(0), y - side(1), x + side(2), y + side(3)].map(Math.fround);
      return { box, score: flat[index], label: index % classes };
    });
}

function listed(outputs: Outputs, stride: number, top_k: number) {
  const { boxes, scores, labels } = decodeCenternet(outputs, { stride, top_k });
  return Array.from(scores, (score, i) => ({
    box: Array.from(boxes.subarray(i * 4, i * 4 + 4)),
    score,
    label: labels[i],
  }));
}

describe("decodeCenternet", () => {
  test("gives what the graph's own decoding gives, ties and plateaus included", () => {
    const levels = [0, 0.125, 0.25, 0.5].map((score) => fc.constant(score));
    const picture = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
      .chain(([classes, height, width]) =>
        fc.record({
          outputs: fc
            .tuple(
              fc.array(fc.oneof(...levels, fc.float({ min: 0, max: 1, noNaN: true })), {
                minLength: classes * height * width,
                maxLength: classes * height * width,
              }),
              fc.float32Array({
                min: 0,
                max: 512,
                noNaN: true,
                minLength: 4 * height * width,
                maxLength: 4 * height * width,
              }),
            )
            .map(([keypoints, wh]) => heads(classes, height, width, keypoints, wh)),
          stride: fc.integer({ min: 1, max: 8 }),
          top_k: fc.integer({ min: 1, max: 30 }),
        }),
      );
    fc.assert(
      fc.property(picture, ({ outputs, stride, top_k }) => {
        expect(listed(outputs, stride, top_k)).toEqual(decodeAsGraph(outputs, stride, top_k));
      }),
      { numRuns: 500 },
    );
  });

  test("finds nothing where nothing is probable, and in what is not a number", () => {
    expect(listed(heads(2, 2, 2, new Float32Array(8)), 4, 100)).toEqual([]);
    expect(listed(heads(1, 2, 2, [Number.NaN, Number.NaN, Number.NaN, Number.NaN]), 4, 100)).toEqual([]);
  });

  test("says which outputs it wants", () => {
    const { keypoints, wh } = heads(2, 3, 4, new Float32Array(24));
    const decode = (outputs: Outputs) => () => decodeCenternet(outputs, { stride: 4, top_k: 100 });
    expect(decode({ keypoints })).toThrow(
      /wh \[1, 4, h, w\] are wanted, the graph gives keypoints \[1, 2, 3, 4\]/,
    );
    expect(decode({ keypoints, wh: { ...wh, dims: [1, 4, 4, 3] } })).toThrow(/are wanted/);
    expect(decode({ keypoints: { ...keypoints, dims: [2, 1, 3, 4] }, wh })).toThrow(/are wanted/);
  });
});

test("makeTopScores keeps the best, equal ones by their place", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      (scores, count) => {
        const top = makeTopScores(count);
        for (const [place, score] of scores.entries()) if (score >= top.least) top.offer(score, place);
        const all = scores.map((score, place) => ({ score, place }));
        const best = all.sort((a, b) => b.score - a.score || a.place - b.place).slice(0, count);
        expect(top.sorted()).toEqual(best);
      },
    ),
  );
});
