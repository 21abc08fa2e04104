/** Weights on their way into the kernels' memory: chunks that cut elements anywhere, halves, memory that was in use before. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine, GraphSource, Outputs } from "../../../src/runtime/engines/engine.ts";
import { createGraph, type Storage } from "../../../tools/onnx/builder.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";
import { compareOutputs, madeInput, sourceOf, startKernels, startOnnxRuntime } from "./support.ts";

/** Two convolutions and a matrix: packed weights of three layouts, some longer than a piece, with their biases. */
function smallModel(storage: Storage): BuiltModel {
  const g = createGraph("loading");
  let value = g.input("input", ["batch", 3, "height", "width"]);
  const weight = (name: string, dims: number[]) => g.weight(name, dims, madeInput(dims, 97).data);
  const layer = (op: string, name: string, dims: number[], attributes = {}) => {
    value = g.node(op, [value, weight(`${name}.w`, dims), weight(`${name}.b`, [dims[0] ?? 1])], attributes);
  };
  layer("Conv", "dense", [40, 3, 3, 3], { pads: [1, 1, 1, 1] });
  layer("Conv", "depthwise", [40, 1, 5, 5], { group: 40 });
  layer("Conv", "pointwise", [301, 40, 1, 1]);
  value = g.node("Flatten", [g.node("GlobalAveragePool", [value])]);
  layer("Gemm", "matrix", [7, 301], { transB: 1 });
  g.output("out", value, ["batch", 7]);
  return g.build({ weightsLocation: "loading.data", storage });
}

/** A source like the registry's: all chunks lie in one buffer. */
function sourceInOneBuffer(model: BuiltModel, sizes: readonly number[]): GraphSource {
  const { graph, weights, weightsLocation } = model;
  const buffer = new Uint8Array(Math.max(...sizes));
  let at = 0;
  let next = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        buffer.fill(255);
        const part = weights.subarray(at, at + (sizes[next++ % sizes.length] ?? 1));
        at += part.length;
        buffer.set(part);
        if (part.length > 0) controller.enqueue(buffer.subarray(0, part.length));
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { graph, weightsLocation, weightsBytes: weights.length, openWeights: async () => stream };
}

const input = { input: madeInput([2, 3, 9, 11], 31) };

describe.each(["fp32", "fp16"] as const)("weights stored as %s", (storage) => {
  const model = smallModel(storage);
  let kernels: Engine;
  let expected: Outputs;
  beforeAll(async () => {
    kernels = await startKernels();
    expected = await (await (await startOnnxRuntime()).open(sourceOf(model))).run(input);
  });

  test("come whole, however the stream is cut", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (chunks) => {
        // Small chunks are many: a few bytes each, and a large one.
        const session = await kernels.open(sourceInOneBuffer(model, [...chunks, 5000]));
        expect(compareOutputs(await session.run(input), expected)).toBeLessThan(1e-5);
        await session.close();
      }),
      { numRuns: 30 },
    );
  });

  test("leave their memory clean to the next model", async () => {
    const memory = kernels.memory().wasm;
    const session = await kernels.open(sourceOf(model, 997));
    expect(compareOutputs(await session.run(input), expected)).toBeLessThan(1e-5);
    expect(kernels.memory().wasm).toBe(memory);
    await session.close();
  });

  test.each([
    ["short", -1, /end after \d+ of \d+ bytes/],
    ["long", 1, /longer than the \d+ bytes announced/],
  ])("that are too %s are refused, and nothing stays allocated", async (_, more, message) => {
    const weights = new Uint8Array(model.weights.length + more);
    weights.set(model.weights.subarray(0, weights.length));
    const weightsBytes = model.weights.length;
    const used = kernels.memory().wasm;
    for (let i = 0; i < 100; i++) {
      const source = { ...sourceOf({ ...model, weights }, 1000), weightsBytes };
      await expect(kernels.open(source)).rejects.toThrow(message);
    }
    expect(kernels.memory().wasm).toBe(used);
  });
});
