/**
 * Constants of a graph: initializers; those behind a Cast that widens what is stored as fp16; and those behind a DequantizeLinear.
 *
 * @module
 */
import { numberAttribute } from "../../onnx/read.ts";
import { elementCount, inlineFloats, inlineValues } from "../../onnx/tensor.ts";
import type { ElementType, Graph, GraphNode, Initializer } from "../../onnx/types.ts";
import { widenHalf } from "./half.ts";
import { unsupported } from "./unsupported.ts";

/** How integers of a constant stand for real numbers: `(integer - zero) * scale`, one scale for all or one for each index of an axis. */
export interface ConstantScales {
  readonly scales: Float32Array;
  /** As many as scales. */
  readonly zeros: readonly number[];
  readonly axis: number;
}

/** A constant as nodes read it: real numbers, stored as floats, halves, or integers with scales. */
export interface Constant extends Initializer {
  readonly quantized?: ConstantScales;
}

/** Constants by the name under which nodes read them. */
export type Constants = ReadonlyMap<string, Constant>;

/** ONNX's number of float32 (`TensorProto.DataType.FLOAT`), the target of a widening Cast. */
const FLOAT = 1;

/** Types of integers behind a DequantizeLinear. */
const INTEGERS: ReadonlySet<ElementType> = new Set(["int8", "uint8", "int32"]);

/** Finds what is constant in a graph. @throws {EngineError} `unsupported_graph`: scales that are computed or lie in the data file. */
export function findConstants(graph: Graph): Constants {
  const constants = new Map<string, Constant>(graph.initializers);
  for (const node of graph.nodes) {
    const source = constants.get(node.inputs[0] ?? "");
    const output = node.outputs[0];
    if (!source || output === undefined) continue;
    const widens = node.op === "Cast" && numberAttribute(node, "to", FLOAT) === FLOAT;
    const float = source.type === "float16" || source.type === "float32";
    if ((widens && float) || node.op === "Identity") constants.set(output, source);
    if (node.op === "DequantizeLinear" && INTEGERS.has(source.type)) {
      constants.set(output, { ...source, quantized: readScales(node, source, graph) });
    }
  }
  return constants;
}

/** The scales and zero points that a DequantizeLinear, or a QuantizeLinear, has as constants in the graph file. */
export function readParameters(
  node: GraphNode,
  graph: Graph,
): { scales: Float32Array; zeros: readonly number[] } {
  const [scale, zero] = [1, 2].map((index) => {
    const name = node.inputs[index] ?? "";
    if (name === "") return undefined;
    const initializer = graph.initializers.get(name);
    if (initializer?.data.kind !== "inline")
      unsupported(node, `"${name}" must be a constant in the graph file`);
    return initializer;
  });
  const scales = scale && inlineFloats(scale);
  if (!scales || scales.length === 0) unsupported(node, "a scale is missing");
  return { scales, zeros: zero ? inlineValues(zero) : new Array<number>(scales.length).fill(0) };
}

function readScales(node: GraphNode, { dims }: Initializer, graph: Graph): ConstantScales {
  const { scales, zeros } = readParameters(node, graph);
  const given = numberAttribute(node, "axis", 1);
  const axis = given < 0 ? given + dims.length : given;
  if (scales.length !== zeros.length || (scales.length !== 1 && scales.length !== dims[axis])) {
    unsupported(
      node,
      `${scales.length} scales and ${zeros.length} zero points for [${dims.join(", ")}], axis ${given}`,
    );
  }
  return { scales, zeros, axis };
}

/** Consecutive integers of a constant, of which the first is element `start`, as the real numbers that they stand for. */
export function dequantized(
  { dims, quantized }: Constant,
  start: number,
  integers: ArrayLike<number>,
): Float32Array {
  const { scales, zeros, axis } = quantized ?? { scales: Float32Array.of(1), zeros: [0], axis: 0 };
  const inner = elementCount(dims.slice(axis + 1));
  const reals = new Float32Array(integers.length);
  for (let i = 0; i < integers.length; i++) {
    const channel = Math.floor((start + i) / inner) % scales.length;
    reals[i] = ((integers[i] ?? 0) - (zeros[channel] ?? 0)) * (scales[channel] ?? 1);
  }
  return reals;
}

/** The contents of a constant that lies in the graph file, as floats. */
export function constantFloats(constant: Constant): Float32Array {
  const { data, type } = constant;
  if (data.kind === "inline" && type === "float16") {
    const { bytes } = data;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float32Array.from({ length: bytes.length / 2 }, (_, i) => widenHalf(view.getUint16(i * 2, true)));
  }
  return constant.quantized ? dequantized(constant, 0, inlineValues(constant)) : inlineFloats(constant);
}
