/**
 * Packs integer weights for `gemmQ8`, `convQ8` and `depthwiseQ8` (src/kernels/q8-tiles.ts, q8-depthwise.ts).
 *
 * @module
 */
import {
  CHANNEL_BLOCK_Q8,
  Q8_PATH,
  type Q8PathCode,
  type QuantizedOutput,
  REQUANT_MODE,
} from "../module-q8.ts";
import { type ExtraStep, LIMIT, takeExtras } from "./q8-extras.ts";
import { stepFactor } from "./stepped.ts";

/** A quantized layer's parameters. */
export interface QuantizedWeights {
  readonly outputs: number;
  readonly inputs: number;
  readonly taps: number;
  /** Rows of a depthwise kernel that is not square. */
  readonly rows?: number;
  /** Symmetric weights `[outputs][inputs][taps]`; depthwise: `[channels][1][taps]`. */
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
/** Of which the requantization takes this. */
const OUTPUT_BYTES = 44;
const TILE_HEADER = 64;
const TAP_HEADER = 48;
const EXTRA_BYTES = 48;
/** Bit that turns an unsigned byte into itself less 128, in four bytes. */
const FLIP = 0x80808080;
/** With more extra steps than this share of all, pairs are faster (octets take 0.57 of their time). */
const MOST_EXTRAS = 0.5;

/** Bytes of a block of 8 depthwise channels before its weights: scales, biases. */
const BLOCK_HEADER = 64;

const pad8 = (count: number) => Math.ceil(count / CHANNEL_BLOCK_Q8) * CHANNEL_BLOCK_Q8;

/**
 * Factor by which x is scaled before its activation, so that few instructions do it: hard-swish is u·x · clamp(u·x + 3u, 0, 6u) for u² = gain / 6;
 * hard-sigmoid takes its slope and gain before the clamp.
 */
function unit({ mode, gain = 0, alpha = 0 }: QuantizedOutput): number {
  if (mode === REQUANT_MODE.hardsigmoid) return alpha * gain;
  return mode === REQUANT_MODE.linear || mode === REQUANT_MODE.floats ? 1 : Math.sqrt(gain / 6);
}

/** What the scale of a channel becomes; a stepped output is scaled by its step instead, after rounding. */
export function packedScale(scale: number, output: QuantizedOutput): number {
  return output.mode === REQUANT_MODE.steppedHardswish ? scale : scale * unit(output);
}

/** Writes the requantization: the first {@link OUTPUT_BYTES} bytes of all packed weights (`setRequant` in src/kernels/q8-requant.ts). */
function writeOutput(view: DataView, output: QuantizedOutput): void {
  const u = unit(output);
  const sigmoid = output.mode === REQUANT_MODE.hardsigmoid;
  const gain = output.gain ?? 0;
  view.setInt32(0, output.mode, true);
  view.setFloat32(4, output.lo, true);
  view.setFloat32(8, output.hi, true);
  view.setInt32(12, output.zero, true);
  view.setFloat32(16, sigmoid ? (output.beta ?? 0) * gain : 3 * u, true);
  view.setFloat32(20, sigmoid ? gain : 6 * u, true);
  const stepped = output.mode === REQUANT_MODE.steppedHardswish;
  view.setFloat32(24, stepped ? stepFactor(output, u) : 0, true);
  view.setFloat32(28, output.stepLo ?? 0, true);
  view.setFloat32(32, output.stepHi ?? 0, true);
  view.setInt32(36, output.residual?.zero ?? 0, true);
  view.setFloat32(40, packedScale(output.residual?.scale ?? 0, output), true);
}

/** K for which octets are packed narrow (src/kernels/q8-narrow.ts), and what that way is called in the header. */
const NARROW_K = [16, 24];
const NARROW = 3;

/** Whether two weights that meet in a sum of 16 bits may overflow it. */
const exceeds = (a: number, b: number) =>
  Math.max(a, 0) + Math.max(b, 0) > LIMIT || Math.min(a, 0) + Math.min(b, 0) < -LIMIT;

/** Whether a matrix goes the narrow way: octets of few K, of whose weights no two that meet exceed the limit. */
function isNarrow({ inputs, taps, outputs, weights }: QuantizedWeights, path: Q8Path): boolean {
  if (path.code !== Q8_PATH.octets || taps > 1 || !NARROW_K.includes(pad8(inputs))) return false;
  for (let row = 0; row < outputs * inputs; row += inputs) {
    for (let i = 0; i < inputs; i += 2) {
      const [a = 0, b = 0] = [weights[row + i], i + 1 < inputs ? weights[row + i + 1] : 0];
      if (exceeds(a, b)) return false;
    }
  }
  return true;
}

/** Packs a matrix, or a dense convolution. Where octets would need too many extra steps, the result is packed in pairs, which is as exact. */
export function packMatrixQ8(layer: QuantizedWeights, path: Q8Path): Uint8Array<ArrayBuffer> {
  const { outputs, inputs, taps } = layer;
  const k = pad8(inputs);
  const tiles = Math.ceil(outputs / 8);
  const tapBytes = TAP_HEADER + 8 * k;
  const tileBytes = TILE_HEADER + taps * tapBytes;
  const bytes = new Uint8Array(HEADER + tiles * tileBytes);
  const view = new DataView(bytes.buffer);
  const signed = path.code === Q8_PATH.quads && path.signed;
  writeOutput(view, layer.output);
  const narrow = isNarrow(layer, path);
  view.setInt32(OUTPUT_BYTES, narrow ? NARROW : path.code, true);
  view.setUint32(OUTPUT_BYTES + 4, bytes.length, true);
  view.setUint32(OUTPUT_BYTES + 8, signed ? FLIP : 0, true);
  const zero = layer.inputZero - (signed ? 128 : 0);
  const extras: ExtraStep[] = [];
  const mostExtras = (MOST_EXTRAS * tiles * taps * k) / 4;
  for (let tile = 0; tile < tiles; tile++) {
    if (extras.length > mostExtras) return packMatrixQ8(layer, { code: Q8_PATH.pairs, signed: false });
    const at = HEADER + tile * tileBytes;
    for (let column = 0; column < 8; column++) {
      const output = tile * 8 + column;
      if (output >= outputs) continue;
      view.setFloat32(at + 4 * column, packedScale(layer.scales[output] ?? 0, layer.output), true);
      view.setInt32(at + 32 + 4 * column, layer.bias?.[output] ?? 0, true);
    }
    for (let tap = 0; tap < taps; tap++) {
      const tapAt = at + TILE_HEADER + tap * tapBytes;
      const block = new Int8Array(bytes.buffer, tapAt + TAP_HEADER, 8 * k);
      packTap(layer, tile, tap, path.code, zero, block, view, tapAt);
      if (path.code !== Q8_PATH.octets || narrow) continue;
      view.setUint32(tapAt + 32, extras.length * EXTRA_BYTES, true);
      const before = extras.length;
      for (let p = 0; p < k; p += 8) extras.push(...takeExtras(block.subarray(8 * p, 8 * p + 64), p));
      view.setUint32(tapAt + 36, extras.length - before, true);
    }
  }
  if (extras.length > mostExtras) return packMatrixQ8(layer, { code: Q8_PATH.pairs, signed: false });
  return withExtras(bytes, extras);
}

/** Adds biases to a packed matrix (of one tap) whose biases were not known yet. */
export function addBiasQ8(packed: Uint8Array, inputs: number, bias: Int32Array): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const tileBytes = TILE_HEADER + TAP_HEADER + 8 * pad8(inputs);
  for (const [output, value] of bias.entries()) {
    const at = HEADER + Math.floor(output / 8) * tileBytes + 32 + 4 * (output % 8);
    view.setInt32(at, view.getInt32(at, true) + value, true);
  }
}

/** Puts one tap's weights of one tile in their places, and the corrections for the input's zero point. */
function packTap(
  layer: QuantizedWeights,
  tile: number,
  tap: number,
  code: Q8PathCode,
  zero: number,
  block: Int8Array,
  view: DataView,
  tapAt: number,
): void {
  const { outputs, inputs, taps, weights } = layer;
  /** K that lie next to each other for one column. */
  const group = code === Q8_PATH.pairs ? 2 : 4;
  for (let column = 0; column < 8 && tile * 8 + column < outputs; column++) {
    let sum = 0;
    for (let i = 0; i < inputs; i++) {
      const weight = weights[((tile * 8 + column) * inputs + i) * taps + tap] as number;
      sum += weight;
      block[(i - (i % group)) * 8 + column * group + (i % group)] = weight;
    }
    view.setInt32(tapAt + 4 * column, -zero * sum, true);
  }
}

/** Appends the extra steps. */
function withExtras(bytes: Uint8Array<ArrayBuffer>, extras: readonly ExtraStep[]): Uint8Array<ArrayBuffer> {
  if (extras.length === 0) return bytes;
  const whole = new Uint8Array(bytes.length + extras.length * EXTRA_BYTES);
  whole.set(bytes);
  const view = new DataView(whole.buffer);
  extras.forEach(({ k, weights }, i) => {
    const at = bytes.length + i * EXTRA_BYTES;
    view.setUint32(at, k, true);
    whole.set(new Uint8Array(weights.buffer), at + 16);
  });
  return whole;
}

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
  writeOutput(view, layer.output);
  view.setInt32(OUTPUT_BYTES, layer.inputZero, true);
  view.setInt32(OUTPUT_BYTES + 4, quads ? 1 : 0, true);
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
