import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { numberAttribute, numbersAttribute, readModel } from "../../../src/runtime/onnx/read.ts";
import { convertStateDict } from "../../../tools/networks/convert.ts";
import { CheckpointError } from "../../../tools/torch/error.ts";
import { readFloats, type Tensor } from "../../../tools/torch/tensor.ts";
import { runModel } from "../onnx/support.ts";
import { randomImage, randomMobilenet, tensorOf } from "./support.ts";

const narrow = { widthMult: 0.25 };

function refusal(run: () => unknown): CheckpointError {
  try {
    run();
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error("the checkpoint was converted");
}

describe("channel counts come from the checkpoint", () => {
  test("any width, tail and number of classes converts and runs", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("small" as const, "large" as const),
        fc.double({ min: 0.1, max: 1.1, noNaN: true }),
        fc.boolean(),
        fc.integer({ min: 1, max: 30 }),
        async (table, widthMult, reducedTail, classes) => {
          const state = randomMobilenet(table, { widthMult, reducedTail }, classes);
          const { graphs, numClasses } = convertStateDict(`mobilenet_v3_${table}`, state, { name: "own" });
          expect(numClasses).toBe(classes);
          const input = { dims: [1, 3, 32, 48], data: randomImage(32, 48) };
          const { logits } = await runModel(graphs.model, { input });
          expect(logits.dims).toEqual([1, classes]);
          expect(logits.data.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 8 },
    );
  });

  test("batches and any image size run on the same graph", async () => {
    const state = randomMobilenet("small", narrow, 3);
    const { graphs } = convertStateDict("mobilenet_v3_small", state, { name: "own" });
    const image = randomImage(40, 56);
    const single = await runModel(graphs.model, { input: { dims: [1, 3, 40, 56], data: image } });
    const double = new Float32Array(image.length * 2);
    double.set(image);
    double.set(image, image.length);
    const pair = await runModel(graphs.model, { input: { dims: [2, 3, 40, 56], data: double } });
    expect(pair.logits.dims).toEqual([2, 3]);
    for (let i = 0; i < 6; i++) expect(pair.logits.data[i]).toBeCloseTo(single.logits.data[i % 3], 4);
  });
});

test("a batch norm folds into its convolution with MobileNetV3's eps of 0.001", () => {
  const state = randomMobilenet("small", narrow, 2);
  const { graphs } = convertStateDict("mobilenet_v3_small", state, { name: "own" });
  const { initializers } = readModel(graphs.model.graph);
  const stored = (key: string) => {
    const data = initializers.get(key)?.data;
    if (data?.kind !== "external") throw new Error(`${key} is not in the data file`);
    return new Float32Array(graphs.model.weights.buffer, data.offset, data.length / 4);
  };
  const original = (key: string) => readFloats(state.tensors.get(`features.0.${key}`) as Tensor);
  const kernel = original("0.weight");
  const weight = stored("features.0.0.weight");
  const bias = stored("features.0.0.bias");
  for (let c = 0; c < bias.length; c++) {
    const scale = original("1.weight")[c] / Math.sqrt(original("1.running_var")[c] + 0.001);
    expect(weight[c * 27]).toBeCloseTo(kernel[c * 27] * scale, 5);
    expect(bias[c]).toBeCloseTo(original("1.bias")[c] - original("1.running_mean")[c] * scale, 5);
  }
});

test("the graph has the paper's operations, and its weights in the order of their use", () => {
  const { graphs } = convertStateDict("mobilenet_v3_small", randomMobilenet("small", {}, 2), {
    name: "own",
  });
  const { nodes, initializers } = readModel(graphs.model.graph);
  const count = (op: string) => nodes.filter((node) => node.op === op).length;
  // 11 blocks, 9 with squeeze-and-excitation, 10 with an expansion, 6 residual; table 2 of the paper.
  expect(["Conv", "HardSigmoid", "Add", "Gemm"].map(count)).toEqual([2 + 11 * 2 + 10 + 9 * 2, 9, 6, 2]);
  const depthwise = nodes.filter((node) => node.op === "Conv" && numberAttribute(node, "group", 1) > 1);
  expect(depthwise.map((node) => numbersAttribute(node, "kernel_shape", [])[0])).toEqual([
    3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5,
  ]);
  expect(depthwise.map((node) => numbersAttribute(node, "strides", [])[0])).toEqual([
    2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1,
  ]);
  const used = nodes.flatMap((node) => node.inputs.filter((input) => initializers.has(input)));
  expect([...initializers.keys()]).toEqual(used);
});

test("progress ends at all parameters", () => {
  const seen: string[] = [];
  let last = { done: 0, total: 1 };
  convertStateDict("mobilenet_v3_small", randomMobilenet("small", narrow, 2), {
    name: "own",
    onProgress: ({ part, ...progress }) => {
      seen.push(part);
      expect(progress.done).toBeGreaterThanOrEqual(last.done);
      last = progress;
    },
  });
  expect(seen).toContain("features.7");
  expect(last.done).toBe(last.total);
});

describe("a checkpoint that does not fit", () => {
  test("is refused with all that is missing, misshaped and unexpected, in one error", () => {
    const state = randomMobilenet("small", narrow, 2);
    state.tensors.delete("features.3.block.1.0.weight");
    state.tensors.delete("classifier.3.bias");
    state.tensors.set("features.5.block.0.1.weight", tensorOf([3], [1, 2, 3]));
    state.tensors.set("head.extra", tensorOf([1], [1]));
    const error = refusal(() => convertStateDict("mobilenet_v3_small", state, { name: "own" }));
    expect(error.kind).toBe("wrong_network");
    expect(error.message).toContain("2 missing: features.3.block.1.0.weight, classifier.3.bias");
    expect(error.message).toMatch(
      /1 misshaped: features\.5\.block\.0\.1\.weight \(is \[3\], should be \[\d+\]\)/,
    );
    expect(error.message).toContain("1 unexpected: head.extra");
  });

  test("of a whole other network is refused without hundreds of names", () => {
    const state = randomMobilenet("large", narrow, 2);
    const error = refusal(() => convertStateDict("lraspp_mobilenet_v3_large", state, { name: "own" }));
    expect(error.message).toMatch(/\d+ missing: backbone\.0\.0\.weight, .* and \d+ more/);
    expect(error.message.length).toBeLessThan(10_000);
  });

  test("files with and without num_batches_tracked are the same network", () => {
    const state = randomMobilenet("small", narrow, 2);
    const convert = () => convertStateDict("mobilenet_v3_small", state, { name: "own" });
    const before = convert();
    for (const key of [...state.tensors.keys()]) {
      if (key.endsWith("num_batches_tracked")) state.tensors.delete(key);
    }
    expect(convert()).toEqual(before);
  });
});
