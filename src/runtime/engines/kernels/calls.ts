/**
 * Calls: what a plan is made of. Each names what is computed, from which views into which, over which rows. The host (plain TypeScript)
 * can run every call; WebAssembly kernels take over those that they know.
 *
 * @module
 */
import type { Pads, Pair } from "./geometry.ts";
import type { ResizeSpec } from "./infer/resize.ts";
import type { Activation, BinaryLayer, ByteForm } from "./layers.ts";
import type { Quantization } from "./quantization.ts";

/** Rows `from` (inclusive) to `to` (exclusive) of an image. */
export type Rows = readonly [from: number, to: number];

/** What the elements of a tensor are: single-precision floats, or bytes that stand for real numbers (see `quantization.ts`). */
export type Storage = "f32" | "u8";

/**
 * A tensor in memory: elements of a buffer, reached by strides. An image is `[N, C, H, W]` in logical dims and lies channels-last
 * (the stride of C is 1, and that of W is C rounded up): channels between C and the stride are never NaN and never count.
 */
export interface View {
  readonly storage: Storage;
  /** Index of the plan's buffer. */
  readonly buffer: number;
  /** Byte offset, within the buffer, of the element at index zero. Where only later rows are held, it can lie before the buffer. */
  readonly offset: number;
  readonly dims: readonly number[];
  /** In elements, for each of `dims`; 0 repeats an element. */
  readonly strides: readonly number[];
  /** The rows of an image that are held, where it is not all of them. */
  readonly held?: Rows;
}

interface CallBase {
  /** The node that the call is reported under. */
  readonly layer: string;
}

/** A call that kernels do on floats or on bytes. */
interface ComputeCall extends CallBase {
  /** What the bytes stand for; absent where inputs and output are floats. */
  readonly bytes?: ByteForm | undefined;
}

/** A resolved window: as `Window`, padding in numbers. */
export interface CallWindow {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly pads: Pads;
}

/** How a convolution mixes channels, which decides its kernel and how its weights are packed. */
export type ConvKind = "pointwise" | "depthwise" | "dense" | "grouped";

/** `output = act(conv(input) + bias [+ residual])` on some rows of the output. */
export interface ConvCall extends ComputeCall {
  readonly op: "conv";
  readonly kind: ConvKind;
  readonly input: View;
  readonly output: View;
  readonly residual?: View;
  /** Index of the packed weights (bias among them). */
  readonly weights: number;
  readonly window: CallWindow;
  readonly group: number;
  readonly activation: Activation;
  readonly rows: Rows;
  /** Memory for Winograd's way, where it is faster; for a row of 32-bit sums, or of widened channels, where bytes are convolved. */
  readonly scratch?: View;
}

/**
 * The first convolution on some rows, straight from the graph input `source` of dims `[N, C, H, W]`. It is unfolded (im2col) `blockRows` output
 * rows at a time.
 */
export interface StemCall extends ComputeCall {
  readonly op: "stem";
  readonly source: string;
  readonly dims: readonly number[];
  readonly output: View;
  readonly scratch: View;
  readonly blockRows: number;
  readonly weights: number;
  readonly window: CallWindow;
  readonly activation: Activation;
  readonly rows: Rows;
}

/** Transposed convolution of a whole image. */
export interface ConvTransposeCall extends ComputeCall {
  readonly op: "convTranspose";
  readonly input: View;
  readonly output: View;
  readonly weights: number;
  readonly window: CallWindow;
  readonly group: number;
  readonly activation: Activation;
}

/** Brings rows of a graph input into memory, channels-last. */
export interface LoadCall extends CallBase {
  readonly op: "load";
  readonly input: string;
  readonly output: View;
  readonly rows: Rows;
}

/** `output = act(input W + b)`: `[N, K]` to `[N, M]`. `scratch` is for widening weights kept as halves. */
export interface GemmCall extends ComputeCall {
  readonly op: "gemm";
  readonly input: View;
  readonly output: View;
  readonly scratch: View;
  readonly weights: number;
  readonly activation: Activation;
}

/** Pooling of some rows of the output. */
export interface PoolCall extends ComputeCall {
  readonly op: "pool";
  readonly mode: "max" | "average";
  readonly input: View;
  readonly output: View;
  readonly window: CallWindow;
  readonly countPad: boolean;
  readonly rows: Rows;
}

/** Pooling of each channel over the whole image. */
export interface GlobalPoolCall extends ComputeCall {
  readonly op: "globalPool";
  readonly mode: "max" | "average";
  readonly input: View;
  readonly output: View;
  /** For the sums of bytes. */
  readonly scratch?: View;
}

/** The gate of a squeeze-and-excitation block. `scratch` holds the means and the squeezed vector, one after the other. */
export interface SqueezeCall extends CallBase {
  readonly op: "squeeze";
  readonly input: View;
  readonly output: View;
  readonly scratch: View;
  readonly weights: readonly [number, number];
  readonly channels: readonly [number, number, number];
  readonly activations: readonly [Activation, Activation];
}

/** An activation on its own; on bytes, a table of 256 among the packed weights. */
export interface ActivationCall extends ComputeCall {
  readonly op: "activation";
  readonly input: View;
  readonly output: View;
  readonly activation: Activation;
  readonly table?: number;
}

/** `output = act(left f right)`; the operands are views of the output's dims (strides of 0 broadcast), or numbers. */
export interface BinaryCall extends ComputeCall {
  readonly op: "binary";
  readonly function: BinaryLayer["op"];
  readonly left: View | number;
  readonly right: View | number;
  readonly output: View;
  readonly activation: Activation;
}

/** Resizing of some rows of the output. */
export interface ResizeCall extends CallBase {
  readonly op: "resize";
  readonly input: View;
  readonly output: View;
  readonly spec: ResizeSpec;
  readonly rows: Rows;
}

/** Floats to bytes. */
export interface QuantizeCall extends CallBase {
  readonly op: "quantize";
  readonly input: View;
  readonly output: View;
  readonly quantization: Quantization;
}

/** Bytes to floats. */
export interface DequantizeCall extends CallBase {
  readonly op: "dequantize";
  readonly input: View;
  readonly output: View;
  readonly quantization: Quantization;
}

/** Copies a tensor between views of the same dims. */
export interface CopyCall extends CallBase {
  readonly op: "copy";
  readonly input: View;
  readonly output: View;
}

/** Fills a tensor with one number. */
export interface FillCall extends CallBase {
  readonly op: "fill";
  readonly output: View;
  readonly value: number;
}

export interface SoftmaxCall extends CallBase {
  readonly op: "softmax";
  readonly input: View;
  readonly output: View;
  readonly axis: number;
}

/** Reduces `axes` of the input to size 1; the output has the input's rank. */
export interface ReduceCall extends CallBase {
  readonly op: "reduce";
  readonly mode: "mean" | "max" | "sum";
  readonly input: View;
  readonly output: View;
  readonly axes: readonly number[];
}

export type Call =
  | StemCall
  | ConvCall
  | ConvTransposeCall
  | LoadCall
  | GemmCall
  | PoolCall
  | GlobalPoolCall
  | SqueezeCall
  | ActivationCall
  | BinaryCall
  | ResizeCall
  | QuantizeCall
  | DequantizeCall
  | CopyCall
  | FillCall
  | SoftmaxCall
  | ReduceCall;
