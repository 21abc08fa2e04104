import { roundHalfEven } from "../../src/runtime/rounding.ts";
import type { QuantizationParameters } from "./quantized-parameters.ts";
import { roundingScale } from "./rounding-scale.ts";

const { fround } = Math;

/** Bits of the larger of QNNPACK's two multipliers, less one. */
const MULTIPLIER_EXPONENT = 21;

/**
 * The scale by which QuantizeLinear should round a sum, so that float arithmetic rounds as QNNPACK's integer kernel does: in
 * `((a - zeroA) * scaleA + (b - zeroB) * scaleB) / scale + zero`, as onnxruntime has it (mlas/lib/qladd.cpp) and our engine.
 *
 * QNNPACK's multipliers have 22 bits after a common shift, and halves go away from zero (`pytorch_qnnp_compute_add_quantization_params` and
 * `pytorch_q8vadd_ukernel`). So of the 65,536 sums a few close to a tie come out otherwise; most of them are moved to torch's side.
 */
export function sumScale(
  a: QuantizationParameters,
  b: QuantizationParameters,
  output: QuantizationParameters,
): number {
  const expected = fixedPointSum(a, b, output);
  const [scaleA, scaleB] = [fround(a.scale), fround(b.scale)];
  return roundingScale(output.scale, (scale) => {
    const sum = (i: number, j: number) =>
      roundHalfEven(
        fround(fround(fround(fround(i * scaleA) + fround(j * scaleB)) / scale) + output.zeroPoint),
      );
    let mismatches = 0;
    eachPair(a, b, (i, j) => {
      if (clampToByte(sum(i, j)) !== clampToByte(expected(i, j) + output.zeroPoint)) mismatches++;
    });
    return mismatches;
  });
}

/** QNNPACK's sum of two bytes less their zero points, in steps of the output. */
function fixedPointSum(
  a: QuantizationParameters,
  b: QuantizationParameters,
  output: QuantizationParameters,
): (i: number, j: number) => number {
  const ratio = ({ scale }: QuantizationParameters) => fround(fround(scale) / fround(output.scale));
  const shift = MULTIPLIER_EXPONENT - Math.floor(Math.log2(Math.max(ratio(a), ratio(b))));
  const unit = 2 ** shift;
  const multiplierA = roundHalfEven(ratio(a) * unit);
  const multiplierB = roundHalfEven(ratio(b) * unit);
  return (i, j) => {
    const sum = i * multiplierA + j * multiplierB;
    return Math.sign(sum) * Math.floor(Math.abs(sum) / unit + 0.5);
  };
}

function eachPair(
  a: QuantizationParameters,
  b: QuantizationParameters,
  visit: (i: number, j: number) => void,
): void {
  for (let i = -a.zeroPoint; i < 256 - a.zeroPoint; i++) {
    for (let j = -b.zeroPoint; j < 256 - b.zeroPoint; j++) visit(i, j);
  }
}

function clampToByte(value: number): number {
  return Math.max(0, Math.min(255, value));
}
