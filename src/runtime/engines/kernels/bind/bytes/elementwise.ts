/**
 * Binds tables, sums, products, copies and conversions of bytes to kernels.
 *
 * @module
 */
import type {
  ActivationCall,
  BinaryCall,
  CopyCall,
  DequantizeCall,
  QuantizeCall,
  View,
} from "../../calls.ts";
import { NONE } from "../../layers.ts";
import { sumFactors } from "../../packing/sum-q8.ts";
import type { Quantization } from "../../quantization.ts";
import { byteBounds } from "../../requantization.ts";
import { isImage, padChannels } from "../../views.ts";
import { sequence } from "../sequence.ts";
import type { Bound, Target } from "../types.ts";
import { isPixels, runsOf } from "./image.ts";

/** A function of a byte. */
export function bindLookup(call: ActivationCall, target: Target): Bound | undefined {
  if (!isPixels(call.input) || !isPixels(call.output) || call.table === undefined) return undefined;
  const { kernels } = target;
  const table = target.weights(call.table);
  const { pixels, channels, runs } = runsOf([call.output, call.input], target);
  return sequence(
    runs.map(
      ([y, x]) =>
        () =>
          kernels.lookupQ8(pixels, channels, x.at, x.pixel, y.at, y.pixel, table),
    ),
  );
}

/** An operand of a sum or product, and what its bytes stand for. */
interface Side {
  readonly view: View;
  readonly from: Quantization;
}

/** Operands in the order in which kernels take them: a map first, then another or a vector of channels. */
function sidesOf({ left, right, output, bytes }: BinaryCall): readonly [Side, Side] | undefined {
  const [a, b] = bytes?.inputs ?? [];
  if (typeof left === "number" || typeof right === "number" || !a || !b) return undefined;
  const sides = [
    { view: left, from: a },
    { view: right, from: b },
  ] as const;
  const isMap = ({ view }: Side) =>
    view.dims.every((dim, axis) => dim === 1 || axis === 0 || view.strides[axis] !== 0);
  const [first, second] = isMap(sides[0]) ? sides : [sides[1], sides[0]];
  return isMap(first) && isPixels(output) ? [first, second] : undefined;
}

/** Sums, differences and products of two maps, or of a map and a vector of channels. */
export function bindByteBinary(call: BinaryCall, target: Target): Bound | undefined {
  const sides = sidesOf(call);
  const to = call.bytes?.output;
  if (!sides || !to) return undefined;
  const { kernels } = target;
  const [a, b] = sides;
  const { lo, hi } = byteBounds(call.activation, to);
  const { pixels, channels, runs } = runsOf([call.output, a.view, b.view], target);
  const { zero } = to;
  if (call.function === "Mul") {
    const scale = (a.from.scale * b.from.scale) / to.scale;
    const zeros = [a.from.zero, b.from.zero] as const;
    return sequence(
      runs.map(
        ([y, x, z]) =>
          () =>
            kernels.mulQ8(
              pixels,
              channels,
              x.at,
              x.pixel,
              z.at,
              z.pixel,
              y.at,
              y.pixel,
              ...zeros,
              scale,
              zero,
              lo,
              hi,
            ),
      ),
    );
  }
  const sign = (side: Side) => (call.function === "Sub" && side.view === call.right ? -1 : 1);
  const scaleOf = (side: Side) => sign(side) * side.from.scale;
  const terms = [a.from.zero, scaleOf(a), b.from.zero, scaleOf(b), to.scale, zero, lo, hi] as const;
  const factors = sumFactors(kernels, terms);
  return sequence(
    runs.map(([y, x, z]) => {
      const places = [pixels, channels, x.at, x.pixel, z.at, z.pixel, y.at, y.pixel] as const;
      if (factors) return () => kernels.addFixedQ8(...places, ...factors, lo + zero, hi + zero);
      return () => kernels.addQ8(...places, ...terms);
    }),
  );
}

/** Floats to bytes. */
export function bindQuantize(call: QuantizeCall, target: Target): Bound | undefined {
  const { input, output, quantization } = call;
  if (!isPixels(input) || !isPixels(output)) return undefined;
  const { kernels } = target;
  const { scale, zero } = quantization;
  const { lo, hi } = byteBounds(NONE, quantization);
  const { pixels, runs } = runsOf([output, input], target);
  const channels = padChannels(input.dims[1] ?? 1);
  return sequence(
    runs.map(
      ([y, x]) =>
        () =>
          kernels.quantizeF32(pixels, channels, x.at, x.pixel, y.at, y.pixel, scale, zero, lo, hi),
    ),
  );
}

/** Bytes to floats. */
export function bindDequantize(call: DequantizeCall, target: Target): Bound | undefined {
  const { input, output } = call;
  if (!isPixels(input) || !isPixels(output)) return undefined;
  const { kernels } = target;
  const { scale, zero } = call.quantization;
  const { pixels, channels, runs } = runsOf([output, input], target);
  return sequence(
    runs.map(
      ([y, x]) =>
        () =>
          kernels.dequantizeQ8(pixels, channels, x.at, x.pixel, y.at, y.pixel, scale, zero),
    ),
  );
}

/** A copy of pixels that keep the order of their channels, where those are whole blocks: room behind them may be another's. */
export function bindByteCopy({ input, output }: CopyCall, target: Target): Bound | undefined {
  const channels = output.dims[1] ?? 1;
  const whole = padChannels(channels, "u8") === channels;
  if (!whole || !isImage(input) || !isImage(output)) return undefined;
  const { kernels } = target;
  const { pixels, runs } = runsOf([output, input], target);
  return sequence(
    runs.map(
      ([y, x]) =>
        () =>
          kernels.copyQ8(pixels, channels, x.at, x.pixel, y.at, y.pixel),
    ),
  );
}
