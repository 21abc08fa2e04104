/**
 * Segmentation with any model: the card's output kind decides how the network's outputs read.
 *
 * @module
 */
import type { Output } from "../../card.ts";
import { EngineError, type PictureTensor, type Session, type Tensor } from "../../engines/engine.ts";
import type { Geometry } from "../../preprocess/plan.ts";
import { readOutputs } from "../read-outputs.ts";
import { maskOfScores } from "./class-scores.ts";
import { maskOfProbability } from "./probability.ts";
import type { ClassMask } from "./types.ts";

/** An open segmentation network. */
export interface Segmenter {
  /** The card's output. */
  readonly output: Output;
  /** The graph, under the name `model`. */
  readonly sessions: Readonly<Record<string, Session>>;
}

/**
 * Finds the class of every pixel of a picture.
 *
 * @param input the picture as the card's `preprocess` makes it
 * @returns a mask of the oriented original's size; the formats are in `formats/`
 * @throws {EngineError} when the graph does not fit the card
 * @example
 * const mask = await segment(segmenter, tensor, geometry);
 * const found = segmentsOf(mask, labels);
 * // [{ label: "__background__", index: 0, share: 0.81, … }, { label: "dog", index: 12, share: 0.19, … }]
 */
export async function segment(
  { output, sessions }: Segmenter,
  input: PictureTensor,
  geometry: Geometry,
): Promise<ClassMask> {
  const { model } = sessions;
  if (!model) {
    throw new EngineError(
      "unsupported_graph",
      `the network needs model, it has ${Object.keys(sessions).join(", ")}`,
    );
  }
  const read = (maskOf: (scores: Tensor) => ClassMask) =>
    readOutputs(model, { [model.inputs[0].name]: input }, (outputs) =>
      maskOf(outputs[model.outputs[0].name]),
    );
  switch (output.kind) {
    case "class_scores":
      return read((scores) => maskOfScores(scores, geometry));
    case "probability":
      return read((scores) => maskOfProbability(scores, geometry, output.threshold));
    default:
      throw new EngineError(
        "unsupported_graph",
        `an output of kind '${output.kind}' is not a segmentation network's`,
      );
  }
}
