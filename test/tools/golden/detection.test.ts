/**
 * torchvision's detectors, from the photo's pixels to boxes, against what torchvision made of the same weights.
 *
 * The weights are random, so neighbouring proposals hardly differ and small differences can flip one: counterparts are asked for
 * 99 % of the boxes over all photos.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { Session } from "../../../src/runtime/engines/engine.ts";
import { detect } from "../../../src/runtime/tasks/detection/detect.ts";
import type { Detection } from "../../../src/runtime/tasks/detection/types.ts";
import {
  hasShared,
  madeInput,
  needsShared,
  openNetwork,
  preparePhoto,
  readCard,
  readGolden,
  relativeError,
} from "./shared.ts";

interface Golden {
  readonly tensor: {
    readonly shape: number[];
    readonly multiplier: number;
    readonly feature_shapes: number[][];
    readonly features_head: number[][];
    readonly objectness_head: number[][];
    readonly deltas_head: number[][];
  };
  readonly photos: Record<string, { boxes_xyxy: number[][]; labels: number[]; scores: number[] }>;
}

/** Boxes of a lower score are not compared; a counterpart may be just below. */
const CUT = 0.1;

interface Found {
  readonly box: readonly number[];
  readonly label: number;
  readonly score: number;
}

function iou(a: readonly number[], b: readonly number[]): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = ([x0, y0, x1, y1]: readonly number[]) => (x1 - x0) * (y1 - y0);
  return (width * height) / (area(a) + area(b) - width * height);
}

/** How many of `wanted` have no counterpart in `given`; each of `given` is one's counterpart at most. */
function unmatched(wanted: readonly Found[], given: readonly Found[]): number {
  const free = new Set(given);
  let missing = 0;
  for (const one of wanted) {
    const match = [...free].find(
      (other) =>
        other.label === one.label &&
        Math.abs(other.score - one.score) <= 0.01 &&
        iou(other.box, one.box) >= 0.99,
    );
    if (match) free.delete(match);
    else missing++;
  }
  return missing;
}

describe
  .skipIf(!hasShared)
  .each(["fasterrcnn_mobilenet_v3_large_320_fpn", "fasterrcnn_mobilenet_v3_large_fpn"])(
  `%s${needsShared}`,
  (name) => {
    let sessions: Record<string, Session>;
    beforeAll(async () => {
      // Their architectures are the same, and one checkpoint serves both.
      sessions = await openNetwork(name, "fasterrcnn_mobilenet_v3_large_320_fpn");
    });

    test("features, objectness and deltas equal torchvision's", async () => {
      const { tensor } = readGolden<Golden>(name);
      const outputs = await sessions.rpn.run({ input: madeInput(tensor.shape, tensor.multiplier) });
      for (const kind of ["feature", "objectness", "deltas"] as const) {
        const heads = kind === "feature" ? tensor.features_head : tensor[`${kind}_head`];
        const count = kind === "feature" ? 2 : 3;
        for (let level = 0; level < count; level++) {
          const output = outputs[`${kind}_${level}`];
          if (kind === "feature") expect(output.dims).toEqual(tensor.feature_shapes[level]);
          expect(relativeError(output.data, heads[level])).toBeLessThan(1e-3);
        }
      }
    });

    test("boxes of all photos have their counterparts", async () => {
      const { card, labels } = readCard(name);
      const { photos } = readGolden<Golden>(name);
      const total = { expected: 0, missing: 0, ours: 0, extra: 0 };
      for (const [photo, golden] of Object.entries(photos)) {
        const { input, geometry } = await preparePhoto(photo, card);
        const detector = { output: card.output, labels, sessions };
        const detections = await detect(detector, input, geometry, { threshold: 0 });
        const expected = golden.scores.map((score, i) => ({
          box: golden.boxes_xyxy[i],
          label: golden.labels[i],
          score,
        }));
        const ours = detections.map(({ box, index, score }: Detection) => ({
          box: [box.xmin, box.ymin, box.xmax, box.ymax],
          label: index,
          score,
        }));
        const high = (found: readonly Found[]) => found.filter(({ score }) => score > CUT);
        total.expected += high(expected).length;
        total.missing += unmatched(high(expected), ours);
        total.ours += high(ours).length;
        total.extra += unmatched(high(ours), expected);
      }
      expect(total.expected).toBeGreaterThan(300);
      expect(total.missing / total.expected, JSON.stringify(total)).toBeLessThanOrEqual(0.01);
      expect(total.extra / total.ours, JSON.stringify(total)).toBeLessThanOrEqual(0.01);
    }, 300_000);
  },
);
