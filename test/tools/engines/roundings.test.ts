/** Roundings of integer layers where single precision is close to a tie: the cases that made torch's results others. */
import { expect, test } from "vitest";
import { createGraph } from "../../../tools/onnx/builder.ts";
import { quantized } from "./quantized-builder.ts";
import { sourceOf, startKernels } from "./support.ts";

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

test("sums are requantized by QNNPACK's multiplier, which is rounded three times", async () => {
  // Quantized Large, block 6: (0.0171 · 0.0407) · (1 / 0.0522), of which 5,654 are 75.49999 steps; rounded once they are 75.5.
  const from = { scale: fround(0.04066913574934006), zero: 0, signed: false };
  const to = { scale: fround(0.052221670746803284), zero: 0, signed: false };
  const weightScale = fround(0.017146557569503784);
  const g = createGraph("sum");
  const value = g.input("input", ["batch", 1, 1, 1]);
  const x = quantized(g, { value, channels: 1, height: 1, width: 1 }, from);
  const dequantize = (integers: string, scale: number, zero: Int8Array | Int32Array) =>
    g.node("DequantizeLinear", [integers, g.constant(Float32Array.of(scale), []), g.constant(zero, [])]);
  const weight = dequantize(g.weight("w", [1, 1, 1, 1], Int8Array.of(1)), weightScale, Int8Array.of(0));
  const integers = g.weight("b", [1], Int32Array.of(5654));
  const bias = dequantize(integers, fround(from.scale * weightScale), Int32Array.of(0));
  const y = quantized(g, { ...x, value: g.node("Conv", [x.value, weight, bias]) }, to);
  g.output("out", y.value, ["batch", 1, 1, 1]);
  const session = await (await startKernels()).open(sourceOf(g.build({ weightsLocation: "sum.data" })));
  const { out } = await session.run({ input: { dims: [1, 1, 1, 1], data: Float32Array.of(0) } });
  expect(Math.round(out.data[0] / to.scale)).toBe(75);
});
