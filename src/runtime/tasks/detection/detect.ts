/**
 * Detection with any model: the card's output kind decides how the network's outputs read.
 *
 * @module
 */
import type { Output } from "../../card.ts";
import { EngineError, type Outputs, type PictureTensor, type Session } from "../../engines/engine.ts";
import type { Geometry } from "../../preprocess/plan.ts";
import { readOutputs } from "../read-outputs.ts";
import { readBoxes } from "./boxes-output.ts";
import { decodeCenternet } from "./centernet.ts";
import { type FasterRcnnKnobs, runFasterRcnn } from "./faster-rcnn.ts";
import { classIndices, type SelectOptions, selectDetections } from "./select.ts";
import type { Detection, ScoredBoxes } from "./types.ts";

/** An open detector. */
export interface Detector {
  /** The card's output. */
  readonly output: Output;
  /** Names in the order of the class index. */
  readonly labels: readonly string[];
  /** By role: `model`, or `rpn` and `box_head`. */
  readonly sessions: Readonly<Record<string, Session>>;
}

/** What a request may ask: of every detector, and torchvision's knobs of a Faster R-CNN in place of the card's. */
export type DetectOptions = SelectOptions & {
  readonly [K in keyof FasterRcnnKnobs]?: FasterRcnnKnobs[K] | undefined;
};

/**
 * Finds objects in a prepared picture.
 *
 * @param input the picture as the card's `preprocess` makes it
 * @returns objects, best first, their boxes in pixels of the oriented original
 * @throws {OptionError} when an option cannot be honoured
 * @throws {EngineError} when the graphs do not fit the card
 * @example
 * const objects = await detect(detector, tensor, geometry, { threshold: 0.3, classes: ["dog"] });
 * // [{ label: "dog", index: 18, score: 0.93, box: { xmin: 12.1, ymin: 40.7, xmax: 210.4, ymax: 303.9 } }]
 */
export async function detect(
  detector: Detector,
  input: PictureTensor,
  geometry: Geometry,
  options: DetectOptions = {},
): Promise<Detection[]> {
  const found = await findBoxes(detector, input, geometry, options);
  return selectDetections(found, detector.labels, geometry, options);
}

async function findBoxes(
  detector: Detector,
  input: PictureTensor,
  geometry: Geometry,
  options: DetectOptions,
): Promise<ScoredBoxes> {
  const { output, sessions } = detector;
  switch (output.kind) {
    case "faster_rcnn": {
      const { rpn, box_head } = sessions;
      if (!rpn || !box_head) throw missingGraph("rpn and box_head", sessions);
      const graphs = { rpn, box_head };
      const classes = classIndices(detector.labels, options.classes);
      return runFasterRcnn(graphs, input, geometry, { ...output, ...given(options) }, classes);
    }
    case "centernet":
      return readModel(sessions, input, (outputs) => decodeCenternet(outputs, output));
    case "boxes":
      return readModel(sessions, input, readBoxes);
    default:
      throw new EngineError("unsupported_graph", `an output of kind '${output.kind}' is not a detector's`);
  }
}

/** Runs a detector of one graph. */
async function readModel(
  { model, ...others }: Detector["sessions"],
  input: PictureTensor,
  read: (outputs: Outputs) => ScoredBoxes,
): Promise<ScoredBoxes> {
  if (!model) throw missingGraph("model", others);
  return readOutputs(model, { [model.inputs[0].name]: input }, read);
}

/** The options that are set: an `undefined` must not hide what the card says. */
function given(options: DetectOptions): Partial<FasterRcnnKnobs> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function missingGraph(wanted: string, sessions: Detector["sessions"]): EngineError {
  return new EngineError(
    "unsupported_graph",
    `the model needs ${wanted}, it has ${Object.keys(sessions).join(", ")}`,
  );
}
