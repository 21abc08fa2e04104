/**
 * What a change of a network costs its answers: a number that tells the rounding of one value from that of another, where all answers still agree.
 *
 * For a detector it is what its boxes lose. Noise in the outputs says little of that: most of a heat map, and of the sizes beside it, belongs to no object.
 * Of CenterNet's boxes in the calibration pictures 86 % stay where they are with the eight worst values by noise in fp32, all with the nine worst by boxes:
 * at the same noise of 16 dB.
 *
 * @module
 */
import type { Outputs } from "../../src/runtime/engines/engine.ts";
import type { Detection } from "../../src/runtime/tasks/detection/types.ts";
import { intersectionOverUnion } from "../evaluate/coco.ts";
import { xywh } from "./agreement.ts";
import type { Answer } from "./answer.ts";

/** What came out of a graph, and what the model answered, picture by picture. */
export interface Trial {
  readonly outputs: readonly Outputs[];
  readonly answers: readonly Answer[];
}

/** Boxes that are followed: below the 0.5 that requests get by default, for there to be more of them. */
const SCORE = 0.3;

/** The cost of a change, 0 for none: what boxes lose, where the fp32 model finds any; otherwise the noise in the outputs. */
export function costOf(reference: Trial, changed: Trial): number {
  const losses = reference.answers.flatMap((one, i) => lossesOf(one, changed.answers[i]));
  if (losses.length === 0) return relativeNoise(reference.outputs, changed.outputs);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** For each box what its nearest of the same label lacks in overlap and differs in score, squared. */
function lossesOf(reference: Answer, changed: Answer): number[] {
  if (reference.task !== "detection" || changed.task !== "detection") return [];
  return reference.detections
    .filter(({ score }) => score > SCORE)
    .map((one) => {
      const { overlap, score } = nearest(one, changed.detections);
      return (1 - overlap) ** 2 + (one.score - score) ** 2;
    });
}

function nearest(
  { index, box }: Detection,
  others: readonly Detection[],
): { overlap: number; score: number } {
  let best = { overlap: 0, score: 0 };
  for (const other of others) {
    if (other.index !== index) continue;
    const overlap = intersectionOverUnion(xywh(other.box), xywh(box));
    if (overlap > best.overlap) best = { overlap, score: other.score };
  }
  return best;
}

/** Squared error over squared magnitude of each output over all runs (a mask of nobody has hardly any); the mean over outputs. */
function relativeNoise(reference: readonly Outputs[], changed: readonly Outputs[]): number {
  const powers = new Map<string, { power: number; error: number }>();
  for (const [run, expected] of reference.entries()) {
    for (const [name, { data }] of Object.entries(expected)) {
      const other = changed[run]?.[name]?.data ?? [];
      const sums = powers.get(name) ?? { power: 0, error: 0 };
      powers.set(name, sums);
      for (let i = 0; i < data.length; i++) {
        sums.power += data[i] ** 2;
        sums.error += (data[i] - (other[i] ?? 0)) ** 2;
      }
    }
  }
  const shares = [...powers.values()].map(({ power, error }) => (power > 0 ? error / power : 0));
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}
