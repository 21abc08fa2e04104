/**
 * How bytes stand for real numbers: `(byte - zeroPoint) * scale` (ONNX QuantizeLinear, DequantizeLinear).
 *
 * @module
 */

/** Of an activation: unsigned bytes, one scale and zero point for all. */
export interface QuantizationParameters {
  /** A float32. */
  readonly scale: number;
  /** 0 to 255. */
  readonly zeroPoint: number;
}

/** The greatest unsigned byte. */
export const MAX_BYTE = 255;

/**
 * Parameters for a range of numbers. The range is widened to hold zero, which stands exactly on a byte: padding and ReLU need it.
 */
export function parametersOf(low: number, high: number): QuantizationParameters {
  // Taken from 0, it is no negative zero, which JSON and tests tell apart.
  const below = Math.max(0, 0 - low);
  const greatest = Math.max(0, high);
  // What never leaves zero has any scale; a tiny one would make biases that int32 cannot hold.
  const scale = Math.fround((greatest + below) / MAX_BYTE) || 1;
  return { scale, zeroPoint: Math.min(MAX_BYTE, Math.round(below / scale)) };
}
