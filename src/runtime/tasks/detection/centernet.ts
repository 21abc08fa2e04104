/**
 * CenterNet: objects are peaks of a heat map of their centres (Zhou, Wang, Krähenbühl: Objects as Points, 2019).
 *
 * Decoded as the graph of `centernet_mobilenet_v3` does itself, behind where its import cuts it off (nodes `tower_0/max_pooling2d` to
 * `tower_0/detections` of @vladmandic/human's centernet.json; 610265158/mobilenetv3_centernet).
 *
 * @module
 */
import type { Output } from "../../card.ts";
import { EngineError, type Outputs, type Tensor } from "../../engines/engine.ts";
import { makeTopScores, type PlacedScore } from "./top-scores.ts";
import type { ScoredBoxes } from "./types.ts";

/** The card's `centernet` output. */
export type CenternetKnobs = Pick<Extract<Output, { kind: "centernet" }>, "stride" | "top_k">;

/**
 * Reads `keypoints` `[1, classes, h, w]`, the probability that an object of a class has its centre in a cell, and `wh` `[1, 4, h, w]`, the
 * distances in pixels from the cell's corner to the left, upper, right and lower edge of the object whose centre is there.
 *
 * A cell is a peak for a class where none of its eight neighbours is more probable. Of all peaks the best are taken, equal ones in the order
 * of rows, columns, classes, as TensorFlow's TopKV2 does. Boxes are not clipped.
 *
 * @param knobs `stride`: pixels of the input to a cell; `top_k`: how many peaks at most
 * @throws {EngineError} `unsupported_graph` when an output is missing or of another shape
 * @example
 * const found = decodeCenternet(await session.run({ input }), { stride: 4, top_k: 100 });
 */
export function decodeCenternet(outputs: Outputs, knobs: CenternetKnobs): ScoredBoxes {
  const { keypoints, wh } = outputs;
  if (!keypoints || !wh || !areHeads(keypoints.dims, wh.dims)) {
    const given = Object.entries(outputs).map(([name, { dims }]) => `${name} [${dims.join(", ")}]`);
    throw new EngineError(
      "unsupported_graph",
      `keypoints [1, classes, h, w] and wh [1, 4, h, w] are wanted, the graph gives ${given.join(", ")}`,
    );
  }
  const [, classes, height, width] = keypoints.dims;
  const best = topPeaks(keypoints, knobs.top_k);
  const boxes = new Float32Array(best.length * 4);
  for (const [i, { place }] of best.entries()) {
    const cell = Math.floor(place / classes);
    const x = (cell % width) * knobs.stride;
    const y = Math.floor(cell / width) * knobs.stride;
    const distance = (side: number) => wh.data[side * height * width + cell];
    boxes.set([x - distance(0), y - distance(1), x + distance(2), y + distance(3)], i * 4);
  }
  return {
    boxes,
    scores: Float32Array.from(best, ({ score }) => score),
    labels: Uint32Array.from(best, ({ place }) => place % classes),
  };
}

function areHeads(keypoints: readonly number[], wh: readonly number[]): boolean {
  const [, , height, width] = keypoints;
  return keypoints.length === 4 && keypoints[0] === 1 && wh.join() === [1, 4, height, width].join();
}

/** The best peaks; `place` is that in the order of rows, columns, classes. */
function topPeaks({ data, dims }: Tensor, count: number): readonly PlacedScore[] {
  const [, classes, height, width] = dims;
  const cells = height * width;
  const top = makeTopScores(count);
  let least = top.least;
  for (let c = 0; c < classes; c++) {
    const plane = data.subarray(c * cells, (c + 1) * cells);
    for (let cell = 0; cell < cells; cell++) {
      const score = plane[cell];
      // Almost every cell fails here: a pass over the heat map costs little more than reading it.
      if (!(score >= least && score > 0) || !isPeak(plane, cell, width)) continue;
      top.offer(score, cell * classes + c);
      least = top.least;
    }
  }
  return top.sorted();
}

/** Whether no neighbour is larger: a maximum over 3 by 3 cells, those beyond the edge left out. */
function isPeak(plane: Float32Array, cell: number, width: number): boolean {
  const score = plane[cell];
  const x = cell % width;
  const left = x === 0 ? 0 : -1;
  const right = x === width - 1 ? 0 : 1;
  for (let row = cell - width; row <= cell + width; row += width) {
    // Beyond the first and last row lies `undefined`, which is not larger.
    for (let i = row + left; i <= row + right; i++) if (plane[i] > score) return false;
  }
  return true;
}
