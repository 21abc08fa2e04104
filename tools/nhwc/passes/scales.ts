/**
 * Moves multiplications by a number along the network until a weight takes them in.
 *
 * TensorFlow writes `hard_swish(x)` as `(c * x) * relu6(x + 3)`, and the c of a file stored in half precision is 0.16662598, not a sixth.
 * So the network computes `0.99976 * hard_swish(x)`, and to be its equal we must keep that factor. Kept as a node it would cost a pass
 * over memory and hide the hard-swish; multiplied into the weights of the next convolution it costs nothing.
 *
 * @module
 */
import type { BinaryNode, Network, Node, Operand, Shape } from "../graph.ts";
import { shapeOf, withInputs } from "../graph.ts";
import { countUses, freshName, mapConstant, removeDead, scalarOf } from "./rewrite.ts";

/** A value as it is now made: the original is `scale` times `value`. */
interface Scaled {
  readonly value: string;
  readonly scale: number;
}

/** Scales nearer to one than this are one: six times a sixth in single precision is off by 3e-8. */
const UNITY = 1e-6;
/** A factor below this, or above its inverse, is left alone: with it a weight could leave the range of single precision. */
const SMALLEST = 1e-12;

/** What the pass has made so far. */
interface State {
  readonly network: Network;
  readonly uses: ReadonlyMap<string, number>;
  readonly nodes: Node[];
  /** Position in `nodes` of what makes a value. */
  readonly made: Map<string, number>;
  /** Values that are a multiple of what is made; all others are made as they are. */
  readonly scaled: Map<string, Scaled>;
  /** Values that had to be multiplied out after all, and the names under which they were. */
  readonly exact: Map<string, string>;
  readonly shapes: Map<string, Shape>;
}

/** Takes multiplications and divisions by a number out of the network where weights can take them in. */
export function pushScales(network: Network): Network {
  const state: State = {
    network,
    uses: countUses(network),
    nodes: [],
    made: new Map(),
    scaled: new Map(),
    exact: new Map(),
    shapes: new Map(network.shapes),
  };
  for (const node of network.nodes) visit(state, node);
  const outputs = network.outputs.map((port) => ({ ...port, value: exactValue(state, port.value) }));
  return removeDead({ ...network, nodes: state.nodes, outputs, shapes: state.shapes });
}

function visit(state: State, node: Node): void {
  switch (node.op) {
    case "conv":
    case "conv_transpose":
    case "dense": {
      const { value, scale } = resolve(state, node.input);
      const weights = scale === 1 ? node.weights : mapConstant(node.weights, (w) => w * scale);
      emit(state, { ...node, input: value, weights });
      break;
    }
    case "binary":
      visitBinary(state, node);
      break;
    case "concat": {
      const scales = node.inputs.map((x) => (typeof x === "string" ? resolve(state, x).scale : 1));
      const [first = 1] = scales;
      if (scales.every((scale) => scale === first)) emitScaled(state, node, first);
      else emitExact(state, node);
      break;
    }
    default: {
      const { scale } = resolve(state, node.input);
      if (isHomogeneous(node, scale)) emitScaled(state, node, scale);
      else emitExact(state, node);
    }
  }
}

function visitBinary(state: State, node: BinaryNode): void {
  if (takeOut(state, node)) return;
  const a = typeof node.a === "string" ? resolve(state, node.a) : undefined;
  const b = typeof node.b === "string" ? resolve(state, node.b) : undefined;
  if (node.fn === "mul") emitScaled(state, node, (a?.scale ?? 1) * (b?.scale ?? 1));
  else if (node.fn === "div") emitScaled(state, node, (a?.scale ?? 1) / (b?.scale ?? 1));
  else if (node.fn !== "add" && node.fn !== "sub") emitExact(state, node);
  else if (a && b) addScaled(state, node, a, b);
  else {
    const { scale } = a ?? b ?? { scale: 1 };
    const shrink = (x: Operand) => (typeof x === "string" ? x : mapConstant(x, (c) => c / scale));
    emitScaled(state, { ...node, a: shrink(node.a), b: shrink(node.b) }, scale);
  }
}

function addScaled(state: State, node: BinaryNode, a: Scaled, b: Scaled): void {
  if (a.scale === b.scale || shrinkProducer(state, a, b.scale)) emitScaled(state, node, b.scale);
  else if (shrinkProducer(state, b, a.scale)) emitScaled(state, node, a.scale);
  else emitExact(state, node);
}

/** `x * c`, `c * x` or `x / c`: no node, a scaled value. */
function takeOut(state: State, node: BinaryNode): boolean {
  const operands: (readonly [Operand, Operand])[] = [];
  if (node.fn === "mul" || node.fn === "div") operands.push([node.a, node.b]);
  if (node.fn === "mul") operands.push([node.b, node.a]);
  for (const [x, c] of operands) {
    const number = typeof x === "string" ? scalarOf(c, shapeOf(state.network, x)) : undefined;
    if (typeof x !== "string" || number === undefined) continue;
    const { value, scale } = resolve(state, x);
    const total = snap(node.fn === "mul" ? scale * number : scale / number);
    // A zero, or what overflows a float, cannot be undone by what stands behind it.
    if (!(Math.abs(total) > SMALLEST && Math.abs(total) < 1 / SMALLEST)) continue;
    state.scaled.set(node.output, { value, scale: total });
    return true;
  }
  return false;
}

/** Divides what a convolution makes, where only the node in hand reads it: the other operand of an addition is scaled. */
function shrinkProducer(state: State, operand: Scaled, scale: number): boolean {
  const at = state.made.get(operand.value);
  if (operand.scale !== 1 || at === undefined || state.uses.get(operand.value) !== 1) return false;
  const node = state.nodes[at];
  if (node.op !== "conv" && node.op !== "conv_transpose") return false;
  const weights = mapConstant(node.weights, (w) => w / scale);
  state.nodes[at] = { ...node, weights, bias: node.bias?.map((b) => b / scale) };
  return true;
}

function resolve(state: State, value: string): Scaled {
  return state.scaled.get(value) ?? { value, scale: 1 };
}

/** The node on scaled values; what it makes is scaled too. */
function emitScaled(state: State, node: Node, scale: number): void {
  const snapped = snap(scale);
  if (snapped !== 1) state.scaled.set(node.output, { value: node.output, scale: snapped });
  emit(
    state,
    withInputs(node, (value) => resolve(state, value).value),
  );
}

function emitExact(state: State, node: Node): void {
  emit(
    state,
    withInputs(node, (value) => exactValue(state, value)),
  );
}

/** The name of the value itself, multiplied out if need be. */
function exactValue(state: State, value: string): string {
  const { value: stored, scale } = resolve(state, value);
  if (scale === 1) return stored;
  const known = state.exact.get(value);
  if (known !== undefined) return known;
  const name = stored === value ? freshName(state.shapes, `${value}/scaled`) : value;
  state.exact.set(value, name);
  state.shapes.set(name, shapeOf(state, stored));
  const factor = { dims: [], data: Float32Array.of(scale) };
  emit(state, { op: "binary", fn: "mul", a: stored, b: factor, name, output: name });
  return name;
}

function emit(state: State, node: Node): void {
  state.made.set(node.output, state.nodes.length);
  state.nodes.push(node);
}

function snap(scale: number): number {
  return Math.abs(scale - 1) < UNITY ? 1 : scale;
}

/** Whether `f(scale * x)` is `scale * f(x)`. */
function isHomogeneous(node: Exclude<Node, { op: "binary" | "concat" }>, scale: number): boolean {
  switch (node.op) {
    case "unary":
      return (
        node.fn.kind === "neg" ||
        (scale > 0 && (node.fn.kind === "relu" || node.fn.kind === "leaky_relu" || node.fn.kind === "abs"))
      );
    case "prelu":
      return scale > 0;
    case "pool":
      return node.fn === "average" || scale > 0;
    case "reduce":
      return node.fn === "mean" || node.fn === "sum" || scale > 0;
    case "pad":
      return node.mode !== "constant" || node.value === 0;
    case "resize":
    case "reshape":
    case "transpose":
    case "slice":
    case "depth_to_space":
    case "space_to_depth":
    case "space_to_batch":
    case "batch_to_space":
      return true;
    default:
      return false;
  }
}
