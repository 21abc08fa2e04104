/**
 * How far an int8 model answers as its fp32 does.
 *
 * @module
 */
import type { Detection } from "../../src/runtime/tasks/detection/types.ts";
import { type CocoBox, intersectionOverUnion } from "../evaluate/coco.ts";
import type { Answer } from "./answer.ts";

/** Boxes that are compared: those that a request gets by default. */
const SCORE = 0.5;
/** A box is found again where it overlaps as far. */
const OVERLAP = 0.9;
/** A counterpart may be just below the score that is compared. */
const SLACK = 0.1;

/** What agrees, of what was compared: pictures for a classifier, boxes for a detector, pixels for masks. */
export interface Tally {
  readonly agreeing: number;
  readonly compared: number;
}

/** Compares two answers to one picture. */
export function compareAnswers(reference: Answer, other: Answer): Tally {
  if (reference.task === "classification" && other.task === "classification") {
    return { agreeing: Number(reference.index === other.index), compared: 1 };
  }
  if (reference.task === "detection" && other.task === "detection") {
    return compareBoxes(reference.detections, other.detections);
  }
  if (reference.task === "segmentation" && other.task === "segmentation") {
    const { classes } = reference.mask;
    let agreeing = 0;
    for (let i = 0; i < classes.length; i++) if (classes[i] === other.mask.classes[i]) agreeing++;
    return { agreeing, compared: classes.length };
  }
  throw new TypeError(`an answer of ${reference.task} and one of ${other.task} do not compare`);
}

/** Boxes of either model over 0.5 that have a counterpart of the same label in the other: what is lost counts, and what is new. */
function compareBoxes(reference: readonly Detection[], other: readonly Detection[]): Tally {
  const one = matched(reference, other);
  const two = matched(other, reference);
  return { agreeing: one.agreeing + two.agreeing, compared: one.compared + two.compared };
}

function matched(wanted: readonly Detection[], given: readonly Detection[]): Tally {
  const free = new Set(given.filter(({ score }) => score > SCORE - SLACK));
  const high = wanted.filter(({ score }) => score > SCORE);
  let agreeing = 0;
  for (const { index, box } of high) {
    const match = [...free].find(
      (candidate) =>
        candidate.index === index && intersectionOverUnion(xywh(candidate.box), xywh(box)) >= OVERLAP,
    );
    if (!match) continue;
    free.delete(match);
    agreeing++;
  }
  return { agreeing, compared: high.length };
}

/** A box in COCO's order. */
export function xywh({ xmin, ymin, xmax, ymax }: Detection["box"]): CocoBox {
  return [xmin, ymin, xmax - xmin, ymax - ymin];
}
