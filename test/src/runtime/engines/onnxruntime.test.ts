import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import { env } from "onnxruntime-web/wasm";
import { expect, test } from "vitest";
import type { GraphSource } from "../../../../src/runtime/engines/engine.ts";
import { createOnnxRuntimeEngine } from "../../../../src/runtime/engines/onnxruntime/engine.ts";
import { KNOWN_ONNXRUNTIME_VERSION } from "../../../../src/runtime/engines/onnxruntime/instantiate.ts";
import { widenImage } from "../../../../src/runtime/engines/onnxruntime/widen.ts";
import { onnxRuntime } from "../../../../src/runtime/engines/onnxruntime/worker.ts";
import { createGraph } from "../../../../tools/onnx/builder.ts";
import { buildColorModel } from "../../support/color-model.ts";

const { instantiate } = WebAssembly;
const engine = await createOnnxRuntimeEngine(wasm);

function source(model: { graph: Uint8Array; weights: Uint8Array; weightsLocation: string }): GraphSource {
  return {
    graph: model.graph,
    weightsLocation: model.weightsLocation,
    weightsBytes: model.weights.byteLength,
    openWeights: async () => new Blob([model.weights]).stream(),
  };
}

test("the installed onnxruntime-web is the one whose start is known", () => {
  // When this fails, an upgrade has come: run the tests of this file, look at how it starts, then change the constant.
  expect(env.versions.web).toBe(KNOWN_ONNXRUNTIME_VERSION);
});

test("starting leaves WebAssembly.instantiate as it was", () => {
  expect(WebAssembly.instantiate).toBe(instantiate);
});

test("memory is the exact heap, 16 MiB before a model", () => {
  expect(engine.memory().wasm).toBe(onnxRuntime.baseBytes);
});

test("a second engine is the same singleton", async () => {
  const again = await onnxRuntime.start();
  expect(again.memory()).toEqual(engine.memory());
});

test("runs a graph whose weights are external data", async () => {
  const session = await engine.open(source(buildColorModel()));
  expect(session.inputs).toEqual([{ name: "input", dims: [null, 3, null, null] }]);
  expect(session.outputs).toEqual([{ name: "logits", dims: [null, 3] }]);
  const data = new Float32Array([1, 1, 0, 0, 0.5, 0.5]);
  const { logits } = await session.run({ input: { dims: [1, 3, 1, 2], data } });
  expect(logits.dims).toEqual([1, 3]);
  expect(Array.from(logits.data)).toEqual([8, 0, 4]);
  await session.close();
});

test("widens 8-bit images to planes of floats", async () => {
  const image = {
    height: 1,
    width: 2,
    pixels: new Uint8Array([255, 0, 128, 51, 0, 128]),
    scale: 1 / 255,
    mean: [0.5, 0, 0.25],
    std: [0.5, 1, 2],
  } as const;
  const { dims, data } = widenImage(image);
  expect(dims).toEqual([1, 3, 1, 2]);
  const wanted = [1, -0.6, 0, 0, (128 / 255 - 0.25) / 2, (128 / 255 - 0.25) / 2];
  for (const [i, value] of wanted.entries()) expect(data[i]).toBeCloseTo(value, 6);
  const session = await engine.open(source(buildColorModel()));
  const { logits } = await session.run({ input: image });
  expect(logits.data[0]).toBeCloseTo(8 * 0.2, 5);
  await session.close();
});

test("two graphs opened at once keep their own weights", async () => {
  const models = [buildColorModel(1), buildColorModel(2)];
  const sessions = await Promise.all(models.map((model) => engine.open(source(model))));
  const input = { dims: [1, 3, 1, 1], data: new Float32Array(3) };
  const results = [];
  for (const session of sessions) results.push((await session.run({ input })).logits.data[2]);
  expect(results.map((value) => Math.round(value * 1e6))).toEqual([1, 2]);
});

test.each([
  ["a missing input", {}, /'input' is missing/],
  ["an unknown input", { image: { dims: [1], data: new Float32Array(1) } }, /no input 'image'/],
  ["a wrong shape", { input: { dims: [1, 4, 1, 1], data: new Float32Array(4) } }, /1×4×1×1.*\?×3×\?×\?/],
  ["too few values", { input: { dims: [1, 3, 1, 1], data: new Float32Array(2) } }, /2 values/],
])("refuses %s", async (_, inputs, message) => {
  const session = await engine.open(source(buildColorModel()));
  await expect(session.run(inputs)).rejects.toMatchObject({
    kind: "bad_input",
    message: expect.stringMatching(message),
  });
  await session.close();
});

test("integers among the outputs are given as floats", async () => {
  const graph = createGraph("argmax");
  const input = graph.input("input", [1, 3]);
  graph.output("label", graph.node("ArgMax", [input], { axis: 1, keepdims: 0 }), [1], "int64");
  const session = await engine.open(source(graph.build({ weightsLocation: "none.data" })));
  const { label } = await session.run({ input: { dims: [1, 3], data: new Float32Array([0, 1, 5]) } });
  expect(label.data).toEqual(new Float32Array([2]));
});

test("weights that end early are an error", async () => {
  const model = buildColorModel();
  const short = { ...source(model), weightsBytes: model.weights.byteLength + 1 };
  await expect(engine.open(short)).rejects.toMatchObject({
    kind: "failed",
    message: expect.stringMatching(/weights end after/),
  });
});

test("a graph with an unknown operator is an error of the engine", async () => {
  const graph = createGraph("strange");
  graph.output("y", graph.node("NoSuchOperator", [graph.input("x", [1])]), [1]);
  const opened = engine.open(source(graph.build({ weightsLocation: "none.data" })));
  await expect(opened).rejects.toMatchObject({ name: "EngineError" });
});
