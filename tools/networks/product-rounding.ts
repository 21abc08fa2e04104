import { roundHalfEven } from "../../src/runtime/rounding.ts";
import type { QuantizationParameters } from "./quantized-parameters.ts";

const { fround } = Math;

/** How far, in units in the last place, a scale may be moved: far below what 8 bits can tell. */
const MAX_NUDGE = 4;

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
  const nudges = Array.from({ length: 2 * MAX_NUDGE + 1 }, (_, i) => i - MAX_NUDGE);
  nudges.sort((x, y) => Math.abs(x) - Math.abs(y));
  let best = { scale: fround(output.scale), mismatches: Number.POSITIVE_INFINITY };
  for (const nudge of nudges) {
    const scale = moved(output.scale, nudge);
    const mismatches = countMismatches(a, b, output, scale);
    if (mismatches < best.mismatches) best = { scale, mismatches };
  }
  return best.scale;
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

/** A float32 number, some units in the last place away. */
function moved(value: number, units: number): number {
  const word = new DataView(new ArrayBuffer(4));
  word.setFloat32(0, value);
  word.setInt32(0, word.getInt32(0) + units);
  return word.getFloat32(0);
}
