/** The whole task around made-up networks: options, odd pictures, and outputs that a network should not give but may. */
import { describe, expect, it } from "vitest";
import { Output, Preprocess } from "../../../../src/runtime/card.ts";
import type { Outputs, Session, Tensor } from "../../../../src/runtime/engines/engine.ts";
import { type Geometry, planPreprocess } from "../../../../src/runtime/preprocess/plan.ts";
import { type DetectOptions, type Detector, detect } from "../../../../src/runtime/tasks/detection/detect.ts";

const LABELS = ["background", "cat", "dog", "person"];
const CLASSES = LABELS.length;
const SIZES = [[32], [64]];

/** Geometry of torchvision's small detector for a picture. */
function geometryOf(width: number, height: number): Geometry {
  const header = { format: "png", width, height, orientation: 1 } as const;
  const recipe = { kind: "generalized_rcnn", min_size: 320, max_size: 640 };
  return planPreprocess(header, Preprocess.parse(recipe)).geometry;
}

function sessionOf(run: (input: Tensor) => Outputs): Session {
  return {
    engine: "kernels",
    inputs: [{ name: "x", dims: [] }],
    outputs: [],
    run: async (inputs) => run(inputs.x as Tensor),
    close: async () => {},
  };
}

const filled = (dims: number[], value: (i: number) => number): Tensor => ({
  dims,
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
});

interface Made {
  readonly objectness?: (i: number) => number;
  readonly deltas?: (i: number) => number;
  readonly logits?: (i: number) => number;
  readonly offsets?: (i: number) => number;
}

/** A detector of two levels, strides 32 and 64, whose outputs are made up. */
function detectorOf(geometry: Geometry, made: Made): Detector & { readonly blocks: number[] } {
  const zero = () => 0;
  const blocks: number[] = [];
  const { width, height } = geometry.input;
  const grids = [32, 64].map((stride) => [Math.ceil(height / stride), Math.ceil(width / stride)]);
  const rpn = sessionOf(() =>
    Object.fromEntries(
      grids.flatMap(([h, w], i) => [
        [`feature_${i}`, filled([1, 4, h, w], (at) => at % 7)],
        [`objectness_${i}`, filled([1, 3, h, w], made.objectness ?? zero)],
        [`deltas_${i}`, filled([1, 12, h, w], made.deltas ?? zero)],
      ]),
    ),
  );
  const box_head = sessionOf(({ dims }) => {
    blocks.push(dims[0]);
    return {
      class_logits: filled([dims[0], CLASSES], made.logits ?? zero),
      box_regression: filled([dims[0], CLASSES * 4], made.offsets ?? zero),
    };
  });
  const output = Output.parse({ kind: "faster_rcnn", anchor_sizes: SIZES });
  return { output, labels: LABELS, sessions: { rpn, box_head }, blocks };
}

/** Runs it, and checks what holds for every answer. */
async function run(made: Made, options: DetectOptions = {}, width = 300, height = 200) {
  const geometry = geometryOf(width, height);
  const detector = detectorOf(geometry, made);
  const found = await detect(
    detector,
    filled([1, 3, 1, 1], () => 0),
    geometry,
    options,
  );
  for (const { score, box, label, index } of found) {
    expect(label).toBe(LABELS[index]);
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThanOrEqual(1);
    expect(0 <= box.xmin && box.xmin < box.xmax && box.xmax <= width, JSON.stringify(box)).toBe(true);
    expect(0 <= box.ymin && box.ymin < box.ymax && box.ymax <= height, JSON.stringify(box)).toBe(true);
  }
  const scores = found.map(({ score }) => score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  return { found, blocks: detector.blocks };
}

/** Numbers without a pattern, from -1 to 1. */
const scatter = (seed: number) => (i: number) => Math.sin((i + 1) * 12.9898 * seed) * 0.999;

describe("detect with a Faster R-CNN", () => {
  it("finds nothing where nothing is", async () => {
    expect((await run({ logits: (i) => (i % CLASSES === 0 ? 50 : 0) })).found).toEqual([]);
    // No region proposed at all: the box head is not asked.
    const { found, blocks } = await run({ objectness: () => -50 }, { rpn_score_thresh: 0.05 });
    expect(found).toEqual([]);
    expect(blocks).toEqual([]);
  });

  it("takes proposals that all tie, and gives the same answer each time", async () => {
    const made: Made = { objectness: () => 3, logits: (i) => (i % CLASSES === 1 ? 3 : 0) };
    const { found } = await run(made, { threshold: 0 });
    expect(found.length).toBeGreaterThan(0);
    expect((await run(made, { threshold: 0 })).found).toEqual(found);
  });

  it("stays within the picture and among the numbers on saturated outputs", async () => {
    const extremes = [
      1e30,
      -1e30,
      3e4,
      -3e4,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      0,
    ];
    for (const shift of [0, 1, 3, 5, 7]) {
      const pick = (i: number) => extremes[(i * 7 + shift) % extremes.length];
      await run({ objectness: pick, deltas: pick, logits: pick, offsets: pick }, { threshold: 0 });
      await run({ deltas: pick, logits: scatter(3), offsets: pick }, { threshold: 0 });
    }
    const { found } = await run({ objectness: () => 1e4, logits: (i) => (i % CLASSES === 2 ? 1e4 : -1e4) });
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ label, score }) => label === "dog" && score === 1)).toBe(true);
  });

  it("takes single pixels and slivers", async () => {
    for (const [width, height] of [
      [1, 1],
      [1, 4000],
      [4000, 1],
      [33, 700],
    ]) {
      const made = { objectness: scatter(1), deltas: scatter(2), logits: scatter(3), offsets: scatter(5) };
      await run(made, { threshold: 0, box_score_thresh: 0 }, width, height);
    }
  });

  it("sends regions through the box head in blocks of 128 at most", async () => {
    const made = { objectness: scatter(1), deltas: scatter(2) };
    const { blocks } = await run(made, { rpn_nms_thresh: 1, rpn_score_thresh: 0 }, 640, 640);
    expect(blocks.slice(0, -1).every((size) => size === 128)).toBe(true);
    expect(blocks.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(300);
    const capped = await run(made, { rpn_nms_thresh: 1, rpn_post_nms_top_n_test: 130 }, 640, 640);
    expect(capped.blocks).toEqual([128, 2]);
  });

  it("honours threshold, top_k and classes", async () => {
    const made = { objectness: scatter(1), deltas: scatter(2), logits: (i: number) => scatter(3)(i) * 4 };
    const unlimited = { threshold: 0, top_k: 1e6, box_detections_per_img: 1e6 };
    const all = (await run(made, unlimited)).found;
    expect(new Set(all.map(({ label }) => label))).toEqual(new Set(["cat", "dog", "person"]));
    const confident = all.filter(({ score }) => score >= 0.5);
    expect((await run(made)).found).toEqual(confident.slice(0, 100));
    expect((await run(made, { threshold: 0, top_k: 3 })).found).toEqual(all.slice(0, 3));
    const dogs = all.filter(({ label }) => label === "dog");
    expect((await run(made, { ...unlimited, classes: ["dog"] })).found).toEqual(dogs);
    expect((await run(made, { classes: [] })).found).toEqual([]);
    // What is not asked for takes none of the places.
    const best = await run(made, { threshold: 0, classes: ["dog"], box_detections_per_img: 2 });
    expect(best.found).toEqual(dogs.slice(0, 2));
    await expect(run(made, { classes: ["unicorn"] })).rejects.toThrow(
      "no class is called 'unicorn'; there are: background, cat",
    );
  });

  it("takes an option that is undefined for one that is not given", async () => {
    const made = { objectness: scatter(1), logits: scatter(3) };
    const undefineds = { threshold: undefined, box_nms_thresh: undefined, rpn_pre_nms_top_n_test: undefined };
    expect((await run(made, undefineds)).found).toEqual((await run(made)).found);
  });

  it("scales boxes from the resized to the original picture", async () => {
    // One anchor is far ahead: cell 0 at position (1, 1) of the second level, 64 pixels apart.
    const geometry = geometryOf(640, 640);
    const detector = detectorOf(geometry, { logits: (i) => (i % CLASSES === 1 ? 9 : 0) });
    const rpn = detector.sessions.rpn;
    const only: Session = {
      ...rpn,
      run: async (inputs) => {
        const outputs = await rpn.run(inputs);
        outputs.objectness_0.data.fill(-20);
        outputs.objectness_1.data.fill(-20);
        // The middle aspect ratio, 1: plane 1.
        outputs.objectness_1.data[25 + 6] = 20;
        return outputs;
      },
    };
    const sessions = { ...detector.sessions, rpn: only };
    const found = await detect(
      { ...detector, sessions },
      filled([1], () => 0),
      geometry,
      { rpn_score_thresh: 0.5 },
    );
    expect(found).toEqual([
      expect.objectContaining({ label: "cat", box: { xmin: 64, ymin: 64, xmax: 192, ymax: 192 } }),
    ]);
  });

  it("says what a graph lacks", async () => {
    const geometry = geometryOf(300, 200);
    const detector = detectorOf(geometry, {});
    const input = filled([1], () => 0);
    const { rpn, box_head } = detector.sessions;
    await expect(detect({ ...detector, sessions: { rpn } }, input, geometry)).rejects.toThrow(
      "needs rpn and box_head",
    );
    const empty = sessionOf(() => ({ other: input }));
    await expect(
      detect({ ...detector, sessions: { rpn: empty, box_head } }, input, geometry),
    ).rejects.toThrow("must give objectness_0");
    await expect(
      detect({ ...detector, sessions: { rpn, box_head: empty } }, input, geometry),
    ).rejects.toThrow("the box_head graph must give class_logits");
    const three = Output.parse({ kind: "faster_rcnn" });
    await expect(detect({ ...detector, output: three }, input, geometry)).rejects.toThrow(
      "3 levels, the graph 2",
    );
    const five = Output.parse({
      kind: "faster_rcnn",
      anchor_sizes: [
        [8, 16],
        [32, 64],
      ],
    });
    await expect(detect({ ...detector, output: five }, input, geometry)).rejects.toThrow(
      "6 anchors a position",
    );
    await expect(detect({ ...detector, output: { kind: "class_scores" } }, input, geometry)).rejects.toThrow(
      "'class_scores' is not a detector's",
    );
  });
});

describe("detect with decoded boxes", () => {
  const geometry = geometryOf(640, 320);
  const input = filled([1], () => 0);
  const detectorOfBoxes = (outputs: Outputs): Detector => ({
    output: { kind: "boxes" },
    labels: LABELS,
    sessions: { model: sessionOf(() => outputs) },
  });

  it("sorts, scales, clips and leaves out what is not a box", async () => {
    const boxes = filled([1, 3, 4], (i) => [10, 20, 30, 40, -5, 0, 9999, 320, Number.NaN, 0, 1, 1][i]);
    const detector = detectorOfBoxes({
      boxes,
      scores: filled([1, 3], (i) => [0.6, 0.9, 0.95][i]),
      labels: filled([3], () => 3),
    });
    expect(await detect(detector, input, geometry)).toEqual([
      { label: "person", index: 3, score: Math.fround(0.9), box: { xmin: 0, ymin: 0, xmax: 640, ymax: 320 } },
      { label: "person", index: 3, score: Math.fround(0.6), box: { xmin: 10, ymin: 20, xmax: 30, ymax: 40 } },
    ]);
  });

  it("says what does not fit", async () => {
    const scores = filled([2], () => 1);
    await expect(detect(detectorOfBoxes({ scores }), input, geometry)).rejects.toThrow("it gives scores");
    await expect(
      detect(detectorOfBoxes({ scores, boxes: filled([1, 4], () => 0), labels: scores }), input, geometry),
    ).rejects.toThrow("boxes [1,4]");
  });
});
