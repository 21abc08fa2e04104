/**
 * Detectors whose graph gives decoded boxes: the card's `boxes` output.
 *
 * @module
 */
import { EngineError, type Outputs } from "../../engines/engine.ts";
import { gatherBoxes } from "./boxes.ts";
import { argsortDescending } from "./sort.ts";
import type { ScoredBoxes } from "./types.ts";

/**
 * Reads `boxes` `[N, 4]` (xmin, ymin, xmax, ymax in pixels of the input), `scores` `[N]` and `labels` `[N]`, each with or without a leading
 * batch dimension of 1, and sorts them by score. Boxes that are not finite are left out.
 *
 * @throws {EngineError} `unsupported_graph` when an output is missing or their lengths do not fit
 */
export function readBoxes(outputs: Outputs): ScoredBoxes {
  const { boxes, scores, labels } = outputs;
  if (!boxes || !scores || !labels) {
    throw new EngineError(
      "unsupported_graph",
      `the graph must give boxes, scores and labels; it gives ${Object.keys(outputs).join(", ")}`,
    );
  }
  const count = scores.data.length;
  if (boxes.data.length !== count * 4 || labels.data.length !== count) {
    throw new EngineError(
      "unsupported_graph",
      `boxes [${boxes.dims}], scores [${scores.dims}] and labels [${labels.dims}] do not fit: [N, 4], [N] and [N] are wanted`,
    );
  }
  const isUsable = (i: number) => boxes.data.subarray(i * 4, i * 4 + 4).every(Number.isFinite);
  const order = argsortDescending(scores.data).filter(isUsable);
  return {
    boxes: gatherBoxes(boxes.data, order),
    scores: Float32Array.from(order, (i) => scores.data[i]),
    labels: Uint32Array.from(order, (i) => labels.data[i]),
  };
}
