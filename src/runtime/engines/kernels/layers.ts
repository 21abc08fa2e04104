/**
 * Layers: what the compiler works on between the ONNX graph and the plan. A layer reads and writes values of the graph by name; fusions
 * replace several layers by one that keeps the last one's output.
 *
 * @module
 */
import type { GraphNode } from "../../onnx/types.ts";
import type { Window } from "./geometry.ts";
import type { Quantization } from "./quantization.ts";

/** A function applied to every element. */
export type Activation =
  | { readonly kind: "none" | "relu" | "sigmoid" | "silu" | "tanh" | "exp" }
  /** Clamped to `min`..`max` (ReLU6: 0..6). */
  | { readonly kind: "clip"; readonly min: number; readonly max: number }
  /** `clamp(alpha * x + beta, 0, 1)`; MobileNetV3's h-sigmoid is 1/6 and 1/2. */
  | { readonly kind: "hardsigmoid"; readonly alpha: number; readonly beta: number }
  /** `x * clamp(x / 6 + 1/2, 0, 1)`: Howard et al., Searching for MobileNetV3, section 5.2. */
  | { readonly kind: "hardswish" }
  | { readonly kind: "leaky"; readonly alpha: number };

export const NONE: Activation = { kind: "none" };

/** What the bytes of a layer stand for: its inputs are all bytes, and its output is bytes or, where `output` is `undefined`, floats. */
export interface ByteForm {
  /** One for each of the layer's inputs. */
  readonly inputs: readonly Quantization[];
  readonly output: Quantization | undefined;
  /** What the layer computes before its activation is rounded to these steps first, as a network that quantizes in between has it. */
  readonly between?: Quantization;
}

interface LayerBase {
  /** Name of the node that the layer is reported under. */
  readonly node: GraphNode;
  /** Values that are read, constants not among them. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** Present where the layer computes on bytes: the same function, rounded once to its output's steps. */
  readonly bytes?: ByteForm;
}

/** A graph input, brought into memory. */
export interface InputLayer extends LayerBase {
  readonly kind: "input";
}

/** The first convolution, straight from the graph input `source`: 8-bit pixels, or floats as rows or planes. It reads no value of the plan. */
export interface StemLayer extends LayerBase {
  readonly kind: "stem";
  readonly source: string;
  readonly weight: string;
  readonly bias: string | undefined;
  readonly weightDims: readonly [number, number, number, number];
  readonly window: Window;
  readonly activation: Activation;
}

/** Convolution, its activation, and what is added: `act(conv(input [* gate]) + bias [+ residual])`. */
export interface ConvLayer extends LayerBase {
  readonly kind: "conv";
  readonly weight: string;
  readonly bias: string | undefined;
  /** `[out, in per group, height, width]`. */
  readonly weightDims: readonly [number, number, number, number];
  readonly group: number;
  readonly window: Window;
  readonly activation: Activation;
  /** A value of the output's shape that is added before the activation; it is among `inputs` too. */
  readonly residual?: string;
}

/** Transposed convolution: `weight` is `[in, out per group, height, width]`. */
export interface ConvTransposeLayer extends LayerBase {
  readonly kind: "convTranspose";
  readonly weight: string;
  readonly bias: string | undefined;
  readonly weightDims: readonly [number, number, number, number];
  readonly group: number;
  readonly window: Window;
  readonly activation: Activation;
}

/** Fully connected: `act(x W + b)` on rows. */
export interface GemmLayer extends LayerBase {
  readonly kind: "gemm";
  readonly weight: string;
  readonly bias: string | undefined;
  readonly rows: number;
  readonly columns: number;
  /** Whether the weight is stored `[columns, rows]` (out, in), as PyTorch does. */
  readonly transposed: boolean;
  readonly activation: Activation;
}

export interface PoolLayer extends LayerBase {
  readonly kind: "pool";
  readonly mode: "max" | "average";
  readonly window: Window;
  readonly ceil: boolean;
  /** Averages count padding as zeros. */
  readonly countPad: boolean;
}

/** Mean, or largest, of each channel over height and width. */
export interface GlobalPoolLayer extends LayerBase {
  readonly kind: "globalPool";
  readonly mode: "max" | "average";
}

/** The gate of a squeeze-and-excitation block: `act2(W2 act1(W1 mean(x) + b1) + b2)`, one number a channel. */
export interface SqueezeLayer extends LayerBase {
  readonly kind: "squeeze";
  readonly weights: readonly [string, string];
  readonly biases: readonly [string | undefined, string | undefined];
  /** Channels in, squeezed, out. */
  readonly channels: readonly [number, number, number];
  readonly activations: readonly [Activation, Activation];
}

export interface ActivationLayer extends LayerBase {
  readonly kind: "activation";
  readonly activation: Activation;
}

/** An operand of a binary layer: a value of the graph, or a constant. */
export type BinaryOperand =
  | { readonly value: string }
  | { readonly constant: string }
  | { readonly scalar: number };

/** `act(left op right)` with broadcasting. */
export interface BinaryLayer extends LayerBase {
  readonly kind: "binary";
  readonly op: "Add" | "Sub" | "Mul" | "Div" | "Min" | "Max";
  readonly left: BinaryOperand;
  readonly right: BinaryOperand;
  readonly activation: Activation;
}

export interface ConcatLayer extends LayerBase {
  readonly kind: "concat";
  readonly axis: number;
}

export interface ResizeLayer extends LayerBase {
  readonly kind: "resize";
}

/** The same elements, row-major, in other dims: Reshape, Flatten, Squeeze, Unsqueeze, Identity. */
export interface ReshapeLayer extends LayerBase {
  readonly kind: "reshape";
}

/** Moves, repeats or drops elements: Transpose, Slice, Split, Expand, Pad with a constant. */
export interface MoveLayer extends LayerBase {
  readonly kind: "move";
}

/** Floats to bytes: ONNX QuantizeLinear. */
export interface QuantizeLayer extends LayerBase {
  readonly kind: "quantize";
  readonly quantization: Quantization;
}

/** Bytes to floats: ONNX DequantizeLinear. */
export interface DequantizeLayer extends LayerBase {
  readonly kind: "dequantize";
  readonly quantization: Quantization;
}

export interface SoftmaxLayer extends LayerBase {
  readonly kind: "softmax";
  readonly axis: number;
}

/** Mean, maximum or sum over some axes. */
export interface ReduceLayer extends LayerBase {
  readonly kind: "reduce";
  readonly mode: "mean" | "max" | "sum";
}

export type Layer =
  | InputLayer
  | StemLayer
  | ConvLayer
  | ConvTransposeLayer
  | GemmLayer
  | PoolLayer
  | GlobalPoolLayer
  | SqueezeLayer
  | ActivationLayer
  | BinaryLayer
  | ConcatLayer
  | ResizeLayer
  | ReshapeLayer
  | MoveLayer
  | QuantizeLayer
  | DequantizeLayer
  | SoftmaxLayer
  | ReduceLayer;

/** The layers of a graph in topological order, with the values that must survive. */
export interface Network {
  readonly layers: readonly Layer[];
  readonly outputs: readonly string[];
}
