/**
 * How bytes stand for real numbers, as ONNX's QuantizeLinear and DequantizeLinear define it.
 *
 * @module
 */
import { roundHalfEven } from "../../rounding.ts";

/** `real = (byte - zero) * scale`. Signed bytes are kept as unsigned ones, both they and their zero point 128 higher. */
export interface Quantization {
  readonly scale: number;
  /** 0 to 255. */
  readonly zero: number;
}

/**
 * Scales may differ by this share and still count as equal: a network may round with a scale a few units in the last place off, so that float
 * arithmetic breaks its ties as integer arithmetic would (tools/networks/product-rounding.ts).
 */
const SCALE_TOLERANCE = 1e-5;

/** Whether two quantizations let bytes pass unchanged. */
export function sameQuantization(a: Quantization, b: Quantization): boolean {
  return a.zero === b.zero && Math.abs(a.scale - b.scale) <= SCALE_TOLERANCE * b.scale;
}

/** QuantizeLinear of one number, in single precision. */
export function quantizeValue(real: number, { scale, zero }: Quantization): number {
  const steps = roundHalfEven(Math.fround(Math.fround(real) / scale));
  return Math.min(255, Math.max(0, steps + zero));
}

/** DequantizeLinear of one byte. */
export function dequantizeValue(byte: number, { scale, zero }: Quantization): number {
  return (byte - zero) * scale;
}

/** The bytes that a function of one number makes of all 256: computed in double precision, rounded once. */
export function lookupTable(
  apply: (real: number) => number,
  from: Quantization,
  to: Quantization,
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const real = apply(dequantizeValue(byte, from));
    return Math.min(255, Math.max(0, roundHalfEven(real / to.scale) + to.zero));
  });
}
