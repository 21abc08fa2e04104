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

/** Whether a window is one that 3×3 and 5×5 kernels have strips by quads for: steps of one column, or of two next to each other. */
export function fitsQuads(strideX: number, dilationX: number): boolean {
  return strideX === 1 || (strideX === 2 && dilationX === 1);
}

/**
 * Packs a depthwise convolution.
 *
 * @param path how matrices are packed here, where {@link fitsQuads}: a kernel of 3×3 or 5×5 then goes by quads (src/kernels/q8-depthwise-quads.ts) where
 * that is exact. Without it the result is the same for every processor.
 */
export function packDepthwiseQ8(layer: QuantizedWeights, path?: Q8Path): Uint8Array<ArrayBuffer> {
  const { outputs, taps, weights } = layer;
  const rows = layer.rows ?? Math.sqrt(taps);
  const columns = taps / rows;
  const pairs = Math.ceil(rows / 2);
  const square = rows === columns && (rows === 3 || rows === 5);
  const quads = path?.code === Q8_PATH.octets && square ? quadsOf(layer, rows) : undefined;
  const blockBytes = BLOCK_HEADER + 32 * (quads ? quadsOfChannel(rows) : columns * pairs);
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
      if (quads) continue;
      const vector = (column * pairs + (row >> 1)) * 2 + (lane >> 2);
      view.setInt16(block + BLOCK_HEADER + 16 * vector + 4 * (lane & 3) + 2 * (row & 1), weight, true);
    }
    for (let quad = 0; quads && quad < quadsOfChannel(rows); quad++) {
      const from = 4 * (channel * quadsOfChannel(rows) + quad);
      for (let i = 0; i < 4; i++) {
        view.setInt8(block + BLOCK_HEADER + 32 * quad + 4 * lane + i, quads[from + i] as number);
      }
    }
    view.setFloat32(block + 4 * lane, packedScale(layer.scales[channel] ?? 0, layer.output), true);
    view.setInt32(block + 32 + 4 * lane, (layer.bias?.[channel] ?? 0) - layer.inputZero * sum, true);
  }
  return bytes;
}

/** Weights of one sign that meet in a sum of 16 bits add up to at most this: 255 · 128 < 2^15. */
const LIMIT = 128;

/** Whether two weights that meet in a sum of 16 bits may overflow it. */
const exceeds = (a: number, b: number) =>
  Math.max(a, 0) + Math.max(b, 0) > LIMIT || Math.min(a, 0) + Math.min(b, 0) < -LIMIT;

/** Quads of a channel: one a column, and two for the fifth row of five. */
const quadsOfChannel = (rows: number) => (rows === 5 ? 7 : 3);

/** All channels' weights in the order of quads; undefined where a pair of them may overflow 16 bits. Written in place: an array for each column would be 4 MB of garbage a network. */
function quadsOf({ outputs, taps, weights }: QuantizedWeights, rows: number): Int8Array | undefined {
  const quads = new Int8Array(4 * quadsOfChannel(rows) * outputs);
  let to = 0;
  for (let from = 0; from < outputs * taps; from += taps) {
    if (rows === 5) {
      for (let column = 0; column < 5; column++)
        quads[to + 3 + column] = weights[from + 20 + column] as number;
      to += 8;
    }
    for (let column = 0; column < rows; column++, to += 4) {
      if (rows === 3) shareColumn(quads, to, weights, from + column);
      else for (let row = 0; row < 4; row++) quads[to + row] = weights[from + row * 5 + column] as number;
    }
  }
  for (let i = 0; i < quads.length; i += 2) {
    if (exceeds(quads[i] as number, quads[i + 1] as number)) return undefined;
  }
  return quads;
}

/** A column of three rows as a quad: as much of the middle weight as fits goes beside the upper one, the rest beside the lower one. */
function shareColumn(quads: Int8Array, to: number, weights: Int8Array, from: number): void {
  const upper = weights[from] as number;
  const middle = weights[from + 3] as number;
  const room = middle > 0 ? LIMIT - Math.max(upper, 0) : LIMIT + Math.min(upper, 0);
  const first = Math.sign(middle) * Math.min(Math.abs(middle), room);
  quads[to] = upper;
  quads[to + 1] = first;
  quads[to + 2] = middle - first;
  quads[to + 3] = weights[from + 6] as number;
}
