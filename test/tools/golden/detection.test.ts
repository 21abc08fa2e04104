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
import { CUT, type Found, unmatched } from "./counterparts.ts";
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
