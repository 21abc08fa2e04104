import { roundHalfEven } from "../../src/runtime/rounding.ts";
import type { QuantizationParameters } from "./quantized-parameters.ts";
import { roundingScale } from "./rounding-scale.ts";

const { fround } = Math;

/**
 * The scale by which QuantizeLinear should round a product, so that float arithmetic rounds as QNNPACK's integer kernel does.
 *
 * QNNPACK multiplies integers and scales once: `round(a * b * m)` with `m = scaleA * scaleB * (1 / scaleOut)`
 * (ATen/native/quantized/cpu/qmul.cpp). A graph of floats rounds three times more on the way, which decides ties otherwise; and a
 * product with a gate has many ties: its output's largest value, which sets its scale, is its input's largest times a byte. So all
 * 256 × 256 products are tried, with scales up to four units in the last place beside torch's, and the nearest one that agrees
 * on most is taken.
 */
export function productScale(
  a: QuantizationParameters,
  b: QuantizationParameters,
  output: QuantizationParameters,
): number {
  return roundingScale(output.scale, (scale) => countMismatches(a, b, output, scale));
}

function countMismatches(
  a: QuantizationParameters,
  b: QuantizationParameters,
  output: QuantizationParameters,
  scale: number,
): number {
  const scaleA = fround(a.scale);
  const scaleB = fround(b.scale);
  const multiplier = fround(fround(scaleA * scaleB) * fround(1 / fround(output.scale)));
  const byte = (value: number) => Math.max(0, Math.min(255, roundHalfEven(value) + output.zeroPoint));
  let mismatches = 0;
  for (let i = -a.zeroPoint; i < 256 - a.zeroPoint; i++) {
    const realA = fround(i * scaleA);
    for (let j = -b.zeroPoint; j < 256 - b.zeroPoint; j++) {
      const real = fround(realA * fround(j * scaleB));
      if (byte(fround(real / scale)) !== byte(fround(i * j * multiplier))) mismatches++;
    }
  }
  return mismatches;
}
