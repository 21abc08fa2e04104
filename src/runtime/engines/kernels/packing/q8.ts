/**
 * Packs integer weights for `depthwiseQ8` (src/kernels/q8-depthwise.ts); those of matrices go by `matrix-q8.ts`.
 *
 * @module
 */
import { Q8_PATH, type Q8PathCode, type QuantizedOutput } from "../module-q8.ts";
import { packedScale, REQUANT_BYTES, writeRequant } from "./requant.ts";

/** A quantized depthwise convolution's parameters. */
export interface QuantizedWeights {
  readonly outputs: number;
  readonly taps: number;
  /** Rows of a depthwise kernel that is not square. */
  readonly rows?: number;
  /** Symmetric weights `[channels][1][taps]`. */
  readonly weights: Int8Array;
  /** In steps of input scale · weight scale; none is zero. */
  readonly bias?: Int32Array;
  /** One a channel: input scale · weight scale, over the scale of the output (linear) or of the intermediate (stepped), or as it is (other modes). */
  readonly scales: Float32Array;
  readonly inputZero: number;
  readonly output: QuantizedOutput;
}

/** How matrices are packed here: what `dotPathQ8` answered. */
export interface Q8Path {
  readonly code: Q8PathCode;
  /** Quads with signed activations. */
  readonly signed: boolean;
}

/** Reads the answer of `dotPathQ8`. */
export function q8Path(answer: number): Q8Path {
  return { code: (answer & 255) as Q8PathCode, signed: answer >= 256 };
}

const HEADER = 64;

/** Bytes of a block of 8 depthwise channels before its weights: scales, biases. */
const BLOCK_HEADER = 64;

/**
 * Packs a depthwise convolution.
 *
 * @param unit how matrices are packed here, where both strides are 1: a kernel of 3×3 or 5×5 then goes by quads (src/kernels/q8-depthwise-quads.ts) where that is
 * exact. Without it the result is the same for every processor.
 */
export function packDepthwiseQ8(layer: QuantizedWeights, unit?: Q8Path): Uint8Array<ArrayBuffer> {
  const { outputs, taps, weights } = layer;
  const rows = layer.rows ?? Math.sqrt(taps);
  const columns = taps / rows;
  const pairs = Math.ceil(rows / 2);
  const square = rows === columns && (rows === 3 || rows === 5);
  const quads = unit?.code === Q8_PATH.octets && square && columnsFit(layer, rows);
  const blockBytes = BLOCK_HEADER + (quads ? 64 * (rows === 5 ? 8 : 3) : columns * pairs * 32);
  const bytes = new Uint8Array(HEADER + Math.ceil(outputs / 8) * blockBytes);
  const view = new DataView(bytes.buffer);
  writeRequant(view, 0, layer.output);
  view.setInt32(REQUANT_BYTES, layer.inputZero, true);
  view.setInt32(REQUANT_BYTES + 4, quads ? 1 : 0, true);
  for (let channel = 0; channel < outputs; channel++) {
    const block = HEADER + (channel >> 3) * blockBytes;
    const lane = channel & 7;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = weights[channel * taps + tap] as number;
      const row = Math.floor(tap / columns);
      const column = tap % columns;
      sum += weight;
      if (quads) {
        const at = block + BLOCK_HEADER + 4 * lane;
        view.setInt8(at + quadPlace(row, column), weight);
        view.setInt8(at + 32 + quadPlace(row + 1, column), weight);
        continue;
      }
      const vector = (column * pairs + (row >> 1)) * 2 + (lane >> 2);
      view.setInt16(block + BLOCK_HEADER + 16 * vector + 4 * (lane & 3) + 2 * (row & 1), weight, true);
    }
    view.setFloat32(block + 4 * lane, packedScale(layer.scales[channel] ?? 0, layer.output), true);
    view.setInt32(block + 32 + 4 * lane, (layer.bias?.[channel] ?? 0) - layer.inputZero * sum, true);
  }
  return bytes;
}

/** Place of a weight by quads, for the row of the interleaved ones that it is multiplied with. */
function quadPlace(row: number, column: number): number {
  return row < 4 ? 64 * column + row : 64 * (5 + (column >> 1)) + 2 * (column & 1) + row - 4;
}

/** Weights of one sign that meet in a sum of 16 bits add up to at most this: 255 · 128 < 2^15. */
const LIMIT = 128;

/** Whether two weights that meet in a sum of 16 bits may overflow it. */
const exceeds = (a: number, b: number) =>
  Math.max(a, 0) + Math.max(b, 0) > LIMIT || Math.min(a, 0) + Math.min(b, 0) < -LIMIT;

/** Whether the weights of a square kernel that follow each other in a column fit 16 bits with any bytes. */
function columnsFit({ outputs, taps, weights }: QuantizedWeights, rows: number): boolean {
  for (let channel = 0; channel < outputs; channel++) {
    for (let tap = 0; tap < taps - rows; tap++) {
      const at = channel * taps + tap;
      if (exceeds(weights[at] as number, weights[at + rows] as number)) return false;
    }
  }
  return true;
}
