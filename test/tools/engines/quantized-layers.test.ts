/** What random networks do not show: roundings that onnxruntime does otherwise, and what is refused. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../../src/runtime/engines/engine.ts";
import { checkingProbe } from "../../../src/runtime/engines/kernels/check.ts";
import { compile } from "../../../src/runtime/engines/kernels/compile.ts";
import { createGraph, type GraphBuilder } from "../../../tools/onnx/builder.ts";
import { integerWeights, type QuantizedFeature, quantized } from "./quantized-builder.ts";
import { noiseFrom } from "./random-graphs.ts";
import { compareOutputs, madeInput, sourceOf, startKernels, startOnnxRuntime } from "./support.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startKernels();
});

const FROM = { scale: Math.fround(0.05), zero: 100, signed: false };
const TO = { scale: Math.fround(0.0731), zero: 31, signed: false };

/** Kinds of a graph's layers, with what they compute on. */
function layersOf(graph: Uint8Array): string[] {
  return compile(graph).network.layers.map(({ kind, bytes }) => (bytes ? `${kind} int8` : kind));
}

/** A graph on 256 pixels of three channels, of which every byte is one. */
async function onAllBytes(make: (g: GraphBuilder, x: QuantizedFeature) => QuantizedFeature) {
  const g = createGraph("bytes");
  const value = g.input("input", ["batch", 3, 16, 16]);
  const y = make(g, quantized(g, { value, channels: 3, height: 16, width: 16 }, FROM));
  g.output("out", y.value, ["batch", y.channels, y.height, y.width]);
  const model = g.build({ weightsLocation: "bytes.data" });
  const reals = Float32Array.from({ length: 3 * 256 }, (_, i) => ((i % 256) - FROM.zero) * FROM.scale);
  const session = await engine.open(sourceOf(model));
  const { out } = await session.run({ input: { dims: [1, 3, 16, 16], data: reals } });
  await session.close();
  return { out, reals, layers: layersOf(model.graph) };
}

/** The value of a number that is rounded to bytes. */
function rounded(real: number, { scale, zero }: typeof TO): number {
  const steps = real / scale;
  const floor = Math.floor(steps);
  const whole = steps - floor === 0.5 ? floor + (floor % 2) : Math.round(steps);
  return (Math.min(255, Math.max(0, whole + zero)) - zero) * scale;
}

test("bytes get another scale and zero point by one rounding", async () => {
  const { out, reals } = await onAllBytes((g, x) => quantized(g, x, TO));
  for (const [i, real] of reals.entries()) expect(out.data[i]).toBeCloseTo(rounded(real, TO), 5);
});

test("bytes of equal meaning pass unchanged, without a call", async () => {
  const { out, reals, layers } = await onAllBytes((g, x) => quantized(g, x, FROM));
  expect(layers).toEqual(["input", "quantize", "reshape int8", "dequantize"]);
  for (const [i, real] of reals.entries()) expect(out.data[i]).toBeCloseTo(real, 5);
});

test("a softmax between bytes is taken in floats", async () => {
  const { out, layers } = await onAllBytes((g, x) => {
    return quantized(
      g,
      { ...x, value: g.node("Softmax", [x.value], { axis: 1 }) },
      { ...TO, scale: 1 / 255, zero: 0 },
    );
  });
  expect(layers).toContain("softmax");
  // Three equal numbers.
  for (const share of out.data) expect(share).toBeCloseTo(1 / 3, 5);
});

describe("what lies between conversions is one layer", () => {
  const noise = noiseFrom(7);
  const weights = (dims: number[], fan: number) => {
    return { dims, axis: 0 as const, fan, perTensor: false, bias: true, limit: 63 };
  };
  const product = (g: GraphBuilder, x: QuantizedFeature) => {
    return { ...x, value: g.node("Conv", integerWeights(g, x, noise, weights([3, 3, 1, 1], 3))) };
  };

  test.each([
    [
      "a first convolution",
      (g: GraphBuilder, x: QuantizedFeature) => quantized(g, product(g, x), TO),
      ["stem int8"],
    ],
    [
      "a convolution, a shortcut and ReLU",
      (g: GraphBuilder, x: QuantizedFeature) => {
        const sum = g.node("Add", [x.value, product(g, x).value]);
        return quantized(g, { ...x, value: g.node("Relu", [sum]) }, TO);
      },
      ["input", "quantize", "conv int8"],
    ],
    [
      "a convolution whose bytes go through h-swish",
      (g: GraphBuilder, x: QuantizedFeature) => {
        const bytes = quantized(g, product(g, x), FROM);
        return quantized(g, { ...x, value: g.node("HardSwish", [bytes.value]) }, TO);
      },
      ["stem int8"],
    ],
    [
      "a convolution with sigmoid, which is taken of the floats of the product",
      (g: GraphBuilder, x: QuantizedFeature) => {
        const sigmoid = g.node("Sigmoid", [product(g, x).value]);
        return quantized(g, { ...x, value: sigmoid }, TO);
      },
      ["stem int8", "activation", "quantize"],
    ],
    [
      "a convolution to which floats are added",
      (g: GraphBuilder, x: QuantizedFeature) => {
        const softmax = g.node("Softmax", [x.value], { axis: 1 });
        return quantized(g, { ...x, value: g.node("Add", [product(g, x).value, softmax]) }, TO);
      },
      ["input", "quantize", "dequantize", "softmax", "conv int8", "binary", "quantize"],
    ],
    [
      "flattening of an input, before it becomes bytes",
      (g: GraphBuilder, x: QuantizedFeature) => {
        const flat = quantized(g, { ...x, value: g.node("Flatten", [x.value], { axis: 1 }) }, FROM);
        const inputs = integerWeights(g, flat, noise, weights([5, 3 * 256], 3 * 256));
        const value = g.node("Gemm", inputs, { transB: 1 });
        return quantized(g, { value, channels: 5, height: 1, width: 1 }, TO);
      },
      ["input", "reshape", "quantize", "gemm int8"],
    ],
  ] as const)("%s", async (_, make, kinds) => {
    const { layers } = await onAllBytes(make);
    expect(layers).toEqual([...kinds, "dequantize"]);
  });
});

test("a first convolution multiplies bytes also where its h-swish stays in floats", async () => {
  const g = createGraph("floats");
  const value = g.input("input", ["batch", 3, 16, 16]);
  const x = quantized(g, { value, channels: 3, height: 16, width: 16 }, FROM);
  const shape = { dims: [5, 3, 1, 1], axis: 0, fan: 3, perTensor: false, bias: true, limit: 63 } as const;
  const product = g.node("Conv", integerWeights(g, x, noiseFrom(5), shape));
  g.output("out", g.node("HardSwish", [product]), ["batch", 5, 16, 16]);
  const model = g.build({ weightsLocation: "floats.data" });
  expect(layersOf(model.graph)).toEqual(["stem int8", "activation"]);
  const input = { input: madeInput([1, 3, 16, 16]) };
  const ours = await (await engine.open(sourceOf(model))).run(input);
  const theirs = await (await (await startOnnxRuntime()).open(sourceOf(model))).run(input);
  expect(compareOutputs(ours, theirs)).toBeLessThan(1e-5);
});

test.each([
  ["bytes", TO],
  ["floats", undefined],
] as const)("a large matrix, of more rows than a panel holds; it gives %s", async (_, to) => {
  const [rows, columns] = [40_000, 91];
  const g = createGraph("large");
  const x = { value: g.input("input", ["batch", rows]), channels: rows, height: 1, width: 1 };
  const inputs = integerWeights(g, quantized(g, x, FROM), noiseFrom(3), {
    dims: [columns, rows],
    axis: 0,
    fan: rows,
    perTensor: false,
    bias: true,
    limit: 63,
  });
  const product = { ...x, value: g.node("Gemm", inputs, { transB: 1 }), channels: columns };
  g.output("out", to ? quantized(g, product, to).value : product.value, ["batch", columns]);
  const model = g.build({ weightsLocation: "large.data" });
  const checked = await startKernels({ probe: checkingProbe() });
  const input = { input: madeInput([3, rows]) };
  const [ours, theirs] = [
    await checked.open(sourceOf(model)),
    await (await startOnnxRuntime()).open(sourceOf(model)),
  ];
  const [{ out: actual }, { out: expected }] = [await ours.run(input), await theirs.run(input)];
  const step = to ? to.scale : 1e-4;
  for (const [i, value] of expected.data.entries()) {
    expect(Math.abs(actual.data[i] - value), `${i}`).toBeLessThan(1.01 * step);
  }
});

describe("refuses", () => {
  const refused = (make: (g: GraphBuilder, x: string) => string) => () => {
    const g = createGraph("refused");
    g.output("out", make(g, g.input("input", [1, 3, 4, 4])), [1, 3, 4, 4]);
    compile(g.build({ weightsLocation: "refused.data" }).graph);
  };
  const scalar = (g: GraphBuilder) => g.constant(Float32Array.of(0.1), []);

  test.each([
    [
      "scales of channels",
      (g: GraphBuilder, x: string) => {
        const scales = g.constant(Float32Array.of(0.1, 0.2, 0.3));
        const bytes = g.node("QuantizeLinear", [x, scales, g.constant(new Uint8Array(3))]);
        return g.node("DequantizeLinear", [bytes, scales, g.constant(new Uint8Array(3))]);
      },
      "scales of channels are supported for constants only",
    ],
    [
      "a scale in the data file",
      (g: GraphBuilder, x: string) => {
        const scale = g.weight("scale", [], Float32Array.of(0.1));
        return g.node("DequantizeLinear", [g.node("QuantizeLinear", [x, scale]), scale]);
      },
      '"scale" must be a constant in the graph file',
    ],
    [
      "a scale of zero",
      (g: GraphBuilder, x: string) => {
        const scale = g.constant(Float32Array.of(0), []);
        return g.node("DequantizeLinear", [g.node("QuantizeLinear", [x, scale]), scale]);
      },
      "a scale of 0",
    ],
    [
      "16 bits",
      (g: GraphBuilder, x: string) => {
        const zero = g.constant(new Int32Array(1), []);
        return g.node("DequantizeLinear", [g.node("QuantizeLinear", [x, scalar(g), zero]), scalar(g), zero]);
      },
      "only 8 bits are supported",
    ],
  ] as const)("%s", (_, make, message) => {
    expect(refused(make)).toThrow(message);
  });

  test("bytes as an output", () => {
    const g = createGraph("refused");
    const bytes = g.node("QuantizeLinear", [g.input("input", [1, 3, 4, 4]), scalar(g)]);
    g.output("out", bytes, [1, 3, 4, 4], "uint8");
    expect(() => compile(g.build({ weightsLocation: "refused.data" }).graph)).toThrow("must be float32");
  });
});
