import { roundHalfEven } from "../../src/runtime/rounding.ts";
import type { QuantizationParameters } from "./quantized-parameters.ts";
import { roundingScale } from "./rounding-scale.ts";

const { fround } = Math;

/** Largest sum that is told apart: single precision counts no further. */
const MOST = 2 ** 24;

/**
 * The scale by which QuantizeLinear should round a convolution or fully connected layer, so that onnxruntime's integer kernels round as QNNPACK's do.
 *
 * Both multiply an integer sum by one number, which onnxruntime rounds twice (`scaleIn * scaleWeight / scaleOut`: qlinearconv.cc,
 * `ComputeOutputScale`) and QNNPACK three times (`scaleIn * scaleWeight * (1 / scaleOut)`: ATen/native/quantized/cpu/qnnpack_utils.h,
 * `generate_requantization_scales`). Where the two differ, sums close to a tie go another way.
 *
 * @param products scale of the input times that of the weights, one for all or one an output channel
 */
export function layerScale(products: Float32Array, output: QuantizationParameters): number {
  const inverse = fround(1 / fround(output.scale));
  return roundingScale(output.scale, (scale) =>
    products.reduce(
      (count, product) => count + countMismatches(fround(product * inverse), fround(product / scale), output),
      0,
    ),
  );
}

/** Sums that the two multipliers make different bytes of: only next to a tie, of which there are 255. */
function countMismatches(expected: number, actual: number, { zeroPoint }: QuantizationParameters): number {
  if (expected === actual) return 0;
  let mismatches = 0;
  for (let steps = -zeroPoint; steps < 255 - zeroPoint; steps++) {
    const tie = Math.round((steps + 0.5) / expected);
    if (Math.abs(tie) >= MOST) continue;
    for (let sum = tie - 1; sum <= tie + 1; sum++) {
      if (roundHalfEven(fround(sum * expected)) !== roundHalfEven(fround(sum * actual))) mismatches++;
    }
  }
  return mismatches;
}
