/** Roundings of integer layers where single precision is close to a tie: the cases that made torch's results others. */
import { expect, test } from "vitest";
import { layerScale } from "../../../tools/networks/layer-rounding.ts";
import { createGraph } from "../../../tools/onnx/builder.ts";
import { quantized } from "./quantized-builder.ts";
import { sourceOf, startKernels, startOnnxRuntime } from "./support.ts";

const { fround } = Math;

/** Hard-swish of bytes behind a product: quantized Large, ninth block, with other scales. */
const BETWEEN = { scale: fround(0.08003149926662445), zero: 120, signed: false };
const SWISH = { scale: fround(0.048364367336034775), zero: 8, signed: false };

test("h-swish behind a product of integers gives what a table of all bytes gives", async () => {
  const g = createGraph("swish");
  const value = g.input("input", ["batch", 1, 16, 16]);
  const x = quantized(g, { value, channels: 1, height: 16, width: 16 }, BETWEEN);
  const one = g.node("DequantizeLinear", [
    g.weight("w", [1, 1, 1, 1], Int8Array.of(1)),
    g.constant(Float32Array.of(1), []),
    g.constant(Int8Array.of(0), []),
  ]);
  const product = quantized(g, { ...x, value: g.node("Conv", [x.value, one]) }, BETWEEN);
  const swish = quantized(g, { ...x, value: g.node("HardSwish", [product.value]) }, SWISH);
  g.output("out", swish.value, ["batch", 1, 16, 16]);
  const session = await (await startKernels()).open(sourceOf(g.build({ weightsLocation: "swish.data" })));
  const reals = Float32Array.from({ length: 256 }, (_, byte) => (byte - BETWEEN.zero) * BETWEEN.scale);
  const { out } = await session.run({ input: { dims: [1, 1, 16, 16], data: reals } });
  const bytes = Array.from(out.data, (real) => Math.round(real / SWISH.scale) + SWISH.zero);
  // 77 at 162, where single precision gives 78; from torch.ops.quantized.hardswish.
  expect(bytes[162]).toBe(77);
  for (const [byte, result] of bytes.entries()) {
    const real = (byte - BETWEEN.zero) * BETWEEN.scale;
    const steps = (real * Math.min(Math.max(real + 3, 0), 6)) / 6 / SWISH.scale + SWISH.zero;
    expect(result, `byte ${byte}`).toBe(Math.max(0, Math.min(255, Math.round(steps))));
  }
});

/** Quantized Large, block 6: 5,654 are 75.49999 steps where 0.0171 · 0.0407 · (1 / 0.0522) is rounded three times, and 75.5 where it is rounded twice. */
const SUM = 5654;
const FROM = { scale: fround(0.04066913574934006), zero: 0, signed: false };
const TO = { scale: fround(0.052221670746803284), zero: 0, signed: false };
const WEIGHT_SCALE = fround(0.017146557569503784);
const PRODUCT = fround(FROM.scale * WEIGHT_SCALE);

/** A convolution of zeros whose bias is the sum; `scale` rounds it. */
function sumGraph(scale: number) {
  const g = createGraph("sum");
  const value = g.input("input", ["batch", 1, 1, 1]);
  const x = quantized(g, { value, channels: 1, height: 1, width: 1 }, FROM);
  const dequantize = (integers: string, real: number, zero: Int8Array | Int32Array) =>
    g.node("DequantizeLinear", [integers, g.constant(Float32Array.of(real), []), g.constant(zero, [])]);
  const weight = dequantize(g.weight("w", [1, 1, 1, 1], Int8Array.of(1)), WEIGHT_SCALE, Int8Array.of(0));
  const bias = dequantize(g.weight("b", [1], Int32Array.of(SUM)), PRODUCT, Int32Array.of(0));
  const y = quantized(g, { ...x, value: g.node("Conv", [x.value, weight, bias]) }, { ...TO, scale });
  g.output("out", y.value, ["batch", 1, 1, 1]);
  return g.build({ weightsLocation: "sum.data" });
}

test.each([
  ["onnxruntime does", TO.scale, 76],
  [
    "QNNPACK does, where the network has a scale for that",
    layerScale(Float32Array.of(PRODUCT), { ...TO, zeroPoint: 0 }),
    75,
  ],
])("sums are requantized as %s", async (_, scale, steps) => {
  for (const engine of [await startKernels(), await startOnnxRuntime()]) {
    const session = await engine.open(sourceOf(sumGraph(scale)));
    const { out } = await session.run({ input: { dims: [1, 1, 1, 1], data: Float32Array.of(0) } });
    await session.close();
    expect(Math.round(out.data[0] / scale), engine.name).toBe(steps);
  }
});
