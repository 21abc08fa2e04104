/**
 * The one form that both importers (TensorFlow.js, TensorFlow Lite) produce: a network over channels-last float tensors.
 *
 * Every value is float32 with known dimensions; four dimensions are a picture, `[N, H, W, C]`. Weights are constants
 * inside the nodes that use them, already in ONNX's order (`[O, I, h, w]`), since each source has its own.
 * What the sources compute from shapes, and every integer, is gone: the importers evaluate it.
 *
 * @module
 */

/** Dimensions, outermost first. */
export type Shape = readonly number[];

/** Two numbers: vertical, horizontal. */
export type Pair = readonly [number, number];

/** Padding in rows and columns: top, left, bottom, right (ONNX's order for two spatial axes). */
export type Pads = readonly [number, number, number, number];

/** A constant float tensor, row-major. */
export interface Constant {
  readonly dims: Shape;
  readonly data: Float32Array;
}

/** A value by its name, or a constant. */
export type Operand = string | Constant;

/** What every node has: its name in the source (for errors and for the ONNX node), and the value it makes. */
interface NodeBase {
  readonly name: string;
  /** Name of the value made. A value is made once. */
  readonly output: string;
}

/** Cross-correlation; depthwise where `groups` is the number of input channels. */
export interface ConvNode extends NodeBase {
  readonly op: "conv";
  readonly input: string;
  /** `[O, I / groups, h, w]` */
  readonly weights: Constant;
  /** `[O]` */
  readonly bias: Float32Array | undefined;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
  readonly groups: number;
}

/** Transposed convolution. */
export interface ConvTransposeNode extends NodeBase {
  readonly op: "conv_transpose";
  readonly input: string;
  /** `[I, O, h, w]` */
  readonly weights: Constant;
  readonly bias: Float32Array | undefined;
  readonly strides: Pair;
  /** Taken away from the output, as in ONNX's ConvTranspose. */
  readonly pads: Pads;
  /** Rows and columns added at the bottom and right. */
  readonly outputPadding: Pair;
}

/** A fully connected layer on `[N, I]`. */
export interface DenseNode extends NodeBase {
  readonly op: "dense";
  readonly input: string;
  /** `[O, I]` */
  readonly weights: Constant;
  readonly bias: Float32Array | undefined;
}

/** Functions of one element. `hard_sigmoid` is `clip(x / 6 + 1 / 2, 0, 1)`, `hard_swish` is `x * hard_sigmoid(x)`. */
export type UnaryFunction =
  | {
      readonly kind:
        | "relu"
        | "sigmoid"
        | "hard_sigmoid"
        | "hard_swish"
        | "tanh"
        | "softplus"
        | "exp"
        | "log"
        | "sqrt"
        | "abs"
        | "neg"
        | "reciprocal";
    }
  /** `min(max(x, min), max)`; an infinite bound is none. */
  | { readonly kind: "clip"; readonly min: number; readonly max: number }
  | { readonly kind: "elu" | "leaky_relu"; readonly alpha: number };

export interface UnaryNode extends NodeBase {
  readonly op: "unary";
  readonly input: string;
  readonly fn: UnaryFunction;
}

/** `x < 0 ? slope * x : x`, the slope broadcast to x. */
export interface PreluNode extends NodeBase {
  readonly op: "prelu";
  readonly input: string;
  readonly slope: Constant;
}

/** Functions of two elements, broadcast as numpy does. */
export type BinaryFunction = "add" | "sub" | "mul" | "div" | "max" | "min" | "pow";

export interface BinaryNode extends NodeBase {
  readonly op: "binary";
  readonly fn: BinaryFunction;
  /** At least one of the two is a value. */
  readonly a: Operand;
  readonly b: Operand;
}

/** Pooling over windows; padding never counts (it is -∞ for the maximum, left out of the average). */
export interface PoolNode extends NodeBase {
  readonly op: "pool";
  readonly fn: "max" | "average";
  readonly input: string;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly pads: Pads;
}

export interface ReduceNode extends NodeBase {
  readonly op: "reduce";
  readonly fn: "mean" | "max" | "min" | "sum";
  readonly input: string;
  /** Ascending, not negative. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface ResizeNode extends NodeBase {
  readonly op: "resize";
  readonly input: string;
  readonly mode: "linear" | "nearest";
  /** Where a pixel of the output lies in the input (ONNX's names). */
  readonly coordinates: "asymmetric" | "half_pixel" | "align_corners";
  /** Height and width of the output. */
  readonly size: Pair;
}

export interface ConcatNode extends NodeBase {
  readonly op: "concat";
  readonly inputs: readonly Operand[];
  readonly axis: number;
}

export interface PadNode extends NodeBase {
  readonly op: "pad";
  readonly input: string;
  readonly mode: "constant" | "reflect" | "edge";
  /** For each axis, elements added before and after. */
  readonly pads: readonly Pair[];
  /** The constant, for that mode. */
  readonly value: number;
}

export interface ReshapeNode extends NodeBase {
  readonly op: "reshape";
  readonly input: string;
  /** In the order of channels-last elements. */
  readonly shape: Shape;
}

export interface TransposeNode extends NodeBase {
  readonly op: "transpose";
  readonly input: string;
  /** Output axis i is input axis `perm[i]`. */
  readonly perm: readonly number[];
}

export interface SoftmaxNode extends NodeBase {
  readonly op: "softmax";
  readonly input: string;
  readonly axis: number;
}

export interface SliceNode extends NodeBase {
  readonly op: "slice";
  readonly input: string;
  /** For each axis: first index, number of elements taken, step (1 or more). */
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
}

/** Blocks of channels to pixels and back, as TensorFlow orders them (ONNX's DCR mode). */
export interface DepthSpaceNode extends NodeBase {
  readonly op: "depth_to_space" | "space_to_depth";
  readonly input: string;
  readonly block: number;
}

/** Every `block`-th pixel to a batch of its own: how TensorFlow writes a dilated convolution. Exists only until `dilations`. */
export interface SpaceBatchNode extends NodeBase {
  readonly op: "space_to_batch" | "batch_to_space";
  readonly input: string;
  readonly block: Pair;
  /** Padding before splitting, or what is cut after joining. */
  readonly pads: Pads;
}

/** One operation. */
export type Node =
  | ConvNode
  | ConvTransposeNode
  | DenseNode
  | UnaryNode
  | PreluNode
  | BinaryNode
  | PoolNode
  | ReduceNode
  | ResizeNode
  | ConcatNode
  | PadNode
  | ReshapeNode
  | TransposeNode
  | SoftmaxNode
  | SliceNode
  | DepthSpaceNode
  | SpaceBatchNode;

/** A named end of the network. */
export interface Port {
  /** The name in the ONNX graph. */
  readonly name: string;
  /** The value. */
  readonly value: string;
}

/** A network. */
export interface Network {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** In an order in which every value is made before it is used. */
  readonly nodes: readonly Node[];
  /** Dimensions of every value, channels last. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** Elements in a tensor. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** The values that a node reads, constants left out. */
export function inputsOf(node: Node): readonly string[] {
  if (node.op === "binary") return [node.a, node.b].filter((operand) => typeof operand === "string");
  if (node.op === "concat") return node.inputs.filter((operand) => typeof operand === "string");
  return [node.input];
}

/** The same node reading other values. */
export function withInputs(node: Node, rename: (value: string) => string): Node {
  const operand = (x: Operand) => (typeof x === "string" ? rename(x) : x);
  if (node.op === "binary") return { ...node, a: operand(node.a), b: operand(node.b) };
  if (node.op === "concat") return { ...node, inputs: node.inputs.map(operand) };
  return { ...node, input: rename(node.input) };
}

/** The dimensions of a value. */
export function shapeOf(network: Pick<Network, "shapes">, operand: Operand): Shape {
  if (typeof operand !== "string") return operand.dims;
  const shape = network.shapes.get(operand);
  // Only a fault of this code leads here: the builder refuses unknown values.
  if (!shape) throw new Error(`no value is named ${operand}`);
  return shape;
}
