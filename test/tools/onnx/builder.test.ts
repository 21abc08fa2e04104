import { describe, expect, test } from "vitest";
import {
  numberAttribute,
  numbersAttribute,
  readModel,
  stringAttribute,
} from "../../../src/runtime/onnx/read.ts";
import { inlineFloats, inlineValues } from "../../../src/runtime/onnx/tensor.ts";
import { OnnxError } from "../../../src/runtime/onnx/types.ts";
import { type BuildOptions, createGraph } from "../../../tools/onnx/builder.ts";
import { runModel } from "./support.ts";

/** `relu(conv(input)) * 0.5`, the kernel all ones but one. */
function smallGraph() {
  const g = createGraph("small", { architecture: "test" });
  const x = g.input("input", ["batch", 1, "height", "width"]);
  const kernel = new Float32Array(18).fill(1);
  kernel[4] = 0.1;
  const w = g.weight("conv.weight", [2, 1, 3, 3], kernel);
  const b = g.weight("conv.bias", [2], Float32Array.of(0.1, -100));
  const conv = g.node("Conv", [x, w, b], { pads: [1, 1, 1, 1], group: 1, auto_pad: "NOTSET" }, "conv");
  const relu = g.node("Relu", [conv], {}, "relu");
  const half = g.constant(Float32Array.of(0.5), []);
  g.output("out", g.node("Mul", [relu, half]), ["batch", 2, "height", "width"]);
  return g;
}

const options: BuildOptions = { weightsLocation: "small.fp32.onnx.data" };
const input = { input: { dims: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) } };

test("a built model is read back with its nodes, attributes, constants and symbolic dimensions", () => {
  const { graph } = smallGraph().build(options);
  const read = readModel(graph);
  expect(read.opset).toBe(17);
  expect(read.metadata).toEqual({ architecture: "test" });
  expect(read.inputs).toEqual([{ name: "input", dims: [null, 1, null, null], type: "float32" }]);
  expect(read.outputs).toEqual([{ name: "out", dims: [null, 2, null, null], type: "float32" }]);
  expect(read.nodes.map((node) => node.op)).toEqual(["Conv", "Relu", "Mul"]);
  const [conv, , mul] = read.nodes;
  expect(conv.inputs).toEqual(["input", "conv.weight", "conv.bias"]);
  expect(numbersAttribute(conv, "pads", [])).toEqual([1, 1, 1, 1]);
  expect(numberAttribute(conv, "group", 7)).toBe(1);
  expect(stringAttribute(conv, "auto_pad", "")).toBe("NOTSET");
  const constant = read.initializers.get(mul.inputs[1]);
  expect(constant && inlineValues(constant)).toEqual([0.5]);
});

test("constants are the same in one of Node's Buffers, whose slices are views", () => {
  const { graph } = smallGraph().build(options);
  const { nodes, initializers } = readModel(Buffer.from(graph));
  const constant = initializers.get(nodes[2].inputs[1]);
  expect(constant && inlineFloats(constant)).toEqual(Float32Array.of(0.5));
});

test("weights lie in the data file, in order, aligned to 64 bytes", () => {
  const { graph, weights } = smallGraph().build(options);
  const located = [...readModel(graph).initializers.values()].map(({ name, data }) => ({ name, ...data }));
  expect(located.slice(0, 2)).toEqual([
    { name: "conv.weight", kind: "external", location: "small.fp32.onnx.data", offset: 0, length: 72 },
    { name: "conv.bias", kind: "external", location: "small.fp32.onnx.data", offset: 128, length: 8 },
  ]);
  expect(weights.length).toBe(136);
  expect([...new Float32Array(weights.buffer, 128, 2)]).toEqual([0.1, -100].map(Math.fround));
});

test("onnxruntime computes what the graph says", async () => {
  const { out } = await runModel(smallGraph().build(options), input);
  expect(out.dims).toEqual([1, 2, 2, 2]);
  const expected = [1, 2, 3, 4].map((x) => (10 - 0.9 * x + 0.1) / 2);
  for (const [i, value] of [...expected, 0, 0, 0, 0].entries()) expect(out.data[i]).toBeCloseTo(value, 5);
});

describe("fp16 storage", () => {
  test("keeps biases, and widens kernels by a Cast before their first use", () => {
    const { graph, weights } = smallGraph().build({ ...options, storage: "fp16" });
    const read = readModel(graph);
    expect(read.nodes.map((node) => node.op)).toEqual(["Cast", "Conv", "Relu", "Mul"]);
    expect(read.nodes[0]).toMatchObject({ inputs: ["conv.weight.fp16"], outputs: ["conv.weight"] });
    expect(read.initializers.get("conv.weight.fp16")).toMatchObject({
      type: "float16",
      data: { length: 36 },
    });
    expect(read.initializers.get("conv.bias")).toMatchObject({ type: "float32" });
    expect(weights.length).toBe(72);
  });

  test("runs unchanged in onnxruntime, the kernel rounded to halves", async () => {
    const { out } = await runModel(smallGraph().build({ ...options, storage: "fp16" }), input);
    const tenth = Number(new Float16Array([0.1])[0]);
    expect(out.data[0]).toBeCloseTo((9 + tenth + 0.1) / 2, 5);
  });

  test("is one weight's own where the model's is fp32", () => {
    const g = createGraph("mixed");
    const [a, b] = (["fp16", undefined] as const).map((storage, i) =>
      g.weight(`w${i}`, [1, 1], Float32Array.of(i), storage),
    );
    g.output("out", g.node("MatMul", [g.node("MatMul", [g.input("input", [1, 1]), a]), b]), [1, 1]);
    const { initializers } = readModel(g.build(options).graph);
    expect([...initializers.values()].map(({ name, type }) => [name, type])).toEqual([
      ["w0.fp16", "float16"],
      ["w1", "float32"],
    ]);
  });

  test("leaves a weight alone that does not fit", () => {
    const g = createGraph("large");
    const w = g.weight("w", [1, 1], Float32Array.of(65_536));
    g.output("out", g.node("MatMul", [g.input("input", [1, 1]), w]), [1, 1]);
    const { graph } = g.build({ ...options, storage: "fp16" });
    expect(readModel(graph).initializers.get("w")?.type).toBe("float32");
  });
});

describe("the builder", () => {
  test("shares equal constants, but not 0 and -0, nor other types", () => {
    const g = createGraph("constants");
    const zero = g.constant(Float32Array.of(0));
    expect(g.constant(Float32Array.of(0))).toBe(zero);
    expect(g.constant(Float32Array.of(-0))).not.toBe(zero);
    expect(g.constant(Int32Array.of(0))).not.toBe(zero);
    expect(g.constant(Float32Array.of(0), [])).not.toBe(zero);
  });

  test("refuses unknown values, doubled names and sizes that differ from the data", () => {
    const g = createGraph("wrong");
    g.input("input", [1]);
    expect(() => g.node("Relu", ["nothing"])).toThrow("no value is named nothing");
    expect(() => g.input("input", [1])).toThrow("already has a value named input");
    expect(() => g.weight("w", [2, 2], new Float32Array(3))).toThrow("[2, 2] does not hold 3 elements");
  });

  test("gives an input, or a value that is an output already, out through an Identity", async () => {
    const g = createGraph("identity");
    const x = g.input("input", [2]);
    const y = g.node("Neg", [x]);
    for (const [name, value] of [
      ["a", x],
      ["b", y],
      ["c", y],
    ])
      g.output(name, value, [2]);
    const outputs = await runModel(g.build(options), { input: { dims: [2], data: Float32Array.of(1, -2) } });
    expect(Object.entries(outputs).map(([name, { data }]) => [name, ...data])).toEqual([
      ["a", 1, -2],
      ["b", -1, 2],
      ["c", -1, 2],
    ]);
  });

  test("writes the same bytes for the same graph", () => {
    expect(smallGraph().build(options)).toEqual(smallGraph().build(options));
  });
});

describe("the reader refuses", () => {
  test.each([
    ["an empty file", new Uint8Array(0)],
    ["text", new TextEncoder().encode("not a model")],
    ["a truncated model", smallGraph().build(options).graph.subarray(0, 300)],
  ])("%s", (_what, bytes) => {
    expect(() => readModel(bytes)).toThrow(OnnxError);
  });
});
