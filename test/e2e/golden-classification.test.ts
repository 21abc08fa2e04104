import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Card } from "../../src/runtime/card.ts";
import {
  hasReference,
  photoFiles,
  type ReferenceWorker,
  readReference,
  startReferenceWorker,
} from "./support/reference.ts";

interface Golden {
  photos: Record<string, { logits: number[] }>;
}

interface Answer {
  model: string;
  predictions: { label: string; index: number; score: number }[];
}

/** What a logit may differ by, of the largest magnitude: the network's and the preprocessing's rounding together. */
const TOLERANCE = 1e-3;
/** A JPEG decoder's rounding moves the flat logits of random weights further. */
const LEAST_COSINE = 0.96;

const MODELS = {
  mobilenet_v3_small: "mobilenet_v3_small.pth",
  mobilenet_v3_large: "mobilenet_v3_large.pth",
};

/** A user's own: torchvision's Large at half the width, ten classes. */
const OWN = Card.parse({
  name: "mobilenet_v3_large_w050_c10",
  task: "classification",
  description: "Half the width, ten classes",
  licence: "MIT",
  source: {
    kind: "torchvision",
    architecture: "mobilenet_v3_large",
    checkpoint: "mobilenet_v3_large_w050_c10.pth",
  },
  preprocess: {
    kind: "resize_crop",
    resize: 256,
    crop: 224,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  output: { kind: "logits" },
  labels: Array.from({ length: 10 }, (_, index) => `class ${index}`),
});

/** The answer's scores as logits, up to a constant, by class index. */
function toLogits(answer: Answer): number[] {
  const logits: number[] = [];
  for (const { index, score } of answer.predictions) logits[index] = Math.log(score);
  return logits;
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, index) => sum + value * (y[index] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Index of the largest value, and how far the second is behind. */
function top(values: readonly number[]): { index: number; margin: number } {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => b.value - a.value);
  return {
    index: (order[0] as { index: number }).index,
    margin: (order[0] as { value: number }).value - (order[1] as { value: number }).value,
  };
}

describe.runIf(hasReference)("classification over HTTP, against torchvision", () => {
  let reference: ReferenceWorker;
  beforeAll(async () => {
    reference = await startReferenceWorker(MODELS, [OWN]);
  });
  afterAll(() => reference?.stop());

  it.each([...Object.keys(MODELS), OWN.name, "mobilenet_v3_large_075_tiny_imagenet"])("%s", async (model) => {
    const { photos } = await readReference<Golden>("golden", `${model}.json`);
    const golden = Object.values(photos).map(({ logits }) => logits);
    const mean = (golden[0] as number[]).map(
      (_, index) => golden.reduce((sum, logits) => sum + (logits[index] as number), 0) / golden.length,
    );
    const route = `/v1/classify?model=${model}&variant=fp32&top_k=1000`;
    for (const [photo, { logits }] of Object.entries(photos)) {
      const { original, pillow } = photoFiles(photo);
      const expected = centred(logits);
      const bound = TOLERANCE * Math.max(...expected.map(Math.abs));
      const actual = centred(toLogits(await reference.post<Answer>(route, pillow)));
      expect(actual).toHaveLength(expected.length);
      const worst = Math.max(...actual.map((value, index) => Math.abs(value - (expected[index] as number))));
      expect(worst, photo).toBeLessThanOrEqual(bound);
      if (top(expected).margin > bound) expect(top(actual).index, photo).toBe(top(expected).index);

      const fromJpeg = toLogits(await reference.post<Answer>(route, original));
      const without = (values: readonly number[]) =>
        centred(values.map((value, index) => value - (mean[index] as number)));
      expect(cosine(without(fromJpeg), without(logits)), photo).toBeGreaterThanOrEqual(LEAST_COSINE);
    }
  });
});
