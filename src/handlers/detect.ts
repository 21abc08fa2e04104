/**
 * `POST /v1/detect`.
 *
 * @module
 */
import * as z from "zod";
import { drawDetections } from "../runtime/draw/detections.ts";
import { type DetectOptions, detect } from "../runtime/tasks/detection/detect.ts";
import { DEFAULT_THRESHOLD, DEFAULT_TOP_K } from "../runtime/tasks/detection/select.ts";
import type { Box } from "../runtime/tasks/detection/types.ts";
import { labelFilter } from "../runtime/tasks/tagging.ts";
import { answerImages } from "./answer-images.ts";
import type { AppContext } from "./context.ts";
import { drawingBytes, drawnResponse } from "./draw.ts";
import { choose, openFor } from "./infer.ts";
import {
  badParameter,
  flag,
  integer,
  labelQuery,
  list,
  modelQuery,
  number,
  oneOf,
  parseQuery,
} from "./query.ts";

/** torchvision's knobs of a Faster R-CNN, under its names; the card's value by default. Counts are bounded by what torchvision itself uses. */
const fasterRcnnQuery = {
  rpn_pre_nms_top_n_test: integer(1, 2000).describe(knob("Proposals a level kept before NMS")).optional(),
  rpn_post_nms_top_n_test: integer(1, 2000).describe(knob("Proposals kept after NMS")).optional(),
  rpn_nms_thresh: number(0, 1).describe(knob("NMS threshold of the proposals")).optional(),
  rpn_score_thresh: number(0, 1).describe(knob("Lowest score of a proposal")).optional(),
  box_score_thresh: number(0, 1).describe(knob("Lowest score of a box")).optional(),
  box_nms_thresh: number(0, 1).describe(knob("NMS threshold of the boxes")).optional(),
  box_detections_per_img: integer(1, 1000).describe(knob("Boxes a picture at most")).optional(),
};

function knob(what: string): string {
  return `${what}; for a Faster R-CNN only, torchvision's value by default.`;
}

/** Most objects of one answer. */
const MAX_TOP_K = 1000;

/** Parameters of `POST /v1/detect`. */
export const DetectQuery = z.object({
  ...modelQuery,
  threshold: number(0, 1).describe("The lowest score that is given.").default(DEFAULT_THRESHOLD),
  top_k: integer(1, MAX_TOP_K).describe("How many objects at most.").default(DEFAULT_TOP_K),
  classes: list("names of classes, separated by commas")
    .describe("Names of the only classes wanted, separated by commas; all by default.")
    .optional(),
  deny: labelQuery.deny,
  boxes: oneOf(["pixels", "fractions"])
    .describe("Boxes in pixels of the upright picture, or in fractions of its width and height.")
    .default("pixels"),
  draw: flag.describe("Answer with the picture as PNG, boxes and labels drawn on it.").default(false),
  ...fasterRcnnQuery,
});

/** Answers with the objects in the request's image, best first, their boxes in pixels of the upright picture. */
export async function postDetect(c: AppContext): Promise<Response> {
  const query = parseQuery(c.req.url, DetectQuery);
  const { model: name, variant, engine, draw, deny, boxes, ...options } = query;
  const selection = choose(c, { task: "detection", model: name, variant, engine });
  if (selection.model.card.output.kind !== "faster_rcnn") refuseKnobs(options, selection.name);
  const picture = draw ? "draw" : undefined;
  return answerImages(c, { query, models: [selection], picture }, async (turn) => {
    const task = await openFor(c, turn, selection, draw ? drawingBytes(turn.header) : 0);
    const { output, labels } = task.model.card;
    const detector = { output, labels, sessions: task.model.sessions };
    const wanted = labelFilter({ deny });
    const found = await detect(detector, task.input, task.geometry, {
      ...options,
      ...(deny && { top_k: MAX_TOP_K }),
    });
    const predictions = found.filter(({ label }) => wanted(label)).slice(0, options.top_k);
    if (!draw && boxes === "fractions") {
      const inFractions = predictions.map((one) => ({
        ...one,
        box: toFractions(one.box, task.geometry.original),
      }));
      return c.json({ ...task.head, predictions: inFractions });
    }
    if (!draw) return c.json({ ...task.head, predictions });
    return drawnResponse(task, (image) => drawDetections(image, predictions));
  });
}

function toFractions(box: Box, { width, height }: { readonly width: number; readonly height: number }): Box {
  return { xmin: box.xmin / width, ymin: box.ymin / height, xmax: box.xmax / width, ymax: box.ymax / height };
}

/** A knob that would do nothing is a mistake of the caller's. */
function refuseKnobs(options: DetectOptions, name: string): void {
  const knob = Object.keys(fasterRcnnQuery).find((key) => options[key as keyof DetectOptions] !== undefined);
  if (knob !== undefined) throw badParameter(knob, `'${name}' is not a Faster R-CNN and has no such option`);
}
