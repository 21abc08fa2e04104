/**
 * Recognises activations that are written out as arithmetic.
 *
 * @module
 */
import type { BinaryNode, Network, Node, Operand, UnaryNode } from "../graph.ts";
import { shapeOf } from "../graph.ts";
import { freshName, producers, removeDead, scalarOf } from "./rewrite.ts";

/**
 * Turns minima, maxima and ReLUs into `clip`, joins clips that follow each other, and finds `relu6(x + 3)`, which is
 * `6 * hard_sigmoid(x)`: how TensorFlow writes the gates of MobileNetV3.
 */
export function recogniseClips(network: Network): Network {
  const made = new Map<string, Node>();
  const nodes: Node[] = [];
  const shapes = new Map(network.shapes);
  const push = (node: Node) => {
    nodes.push(node);
    made.set(node.output, node);
  };
  for (const node of network.nodes) {
    const clip = asClip(network, node);
    if (!clip) {
      push(node);
      continue;
    }
    const joined = joinClips(clip, made.get(clip.input));
    const gate = shiftedByThree(network, joined, made.get(joined.input));
    if (gate === undefined) {
      push(joined);
      continue;
    }
    const sigmoid = freshName(shapes, `${node.output}/hard_sigmoid`);
    shapes.set(sigmoid, shapeOf(network, gate));
    push({ op: "unary", fn: { kind: "hard_sigmoid" }, input: gate, name: sigmoid, output: sigmoid });
    const six = { dims: [], data: Float32Array.of(6) };
    push({ op: "binary", fn: "mul", a: sigmoid, b: six, name: node.name, output: node.output });
  }
  return removeDead({ ...network, nodes: nodes.map(plain), shapes });
}

/** Turns `x * hard_sigmoid(x)` into `hard_swish(x)`. */
export function recogniseHardSwish(network: Network): Network {
  const made = producers(network);
  const isGateOf = (gate: Operand, x: Operand) => {
    const node = typeof gate === "string" ? made.get(gate) : undefined;
    return node?.op === "unary" && node.fn.kind === "hard_sigmoid" && node.input === x;
  };
  const nodes = network.nodes.map((node): Node => {
    if (node.op !== "binary" || node.fn !== "mul") return node;
    const x = isGateOf(node.a, node.b) ? node.b : isGateOf(node.b, node.a) ? node.a : undefined;
    if (typeof x !== "string") return node;
    const { name, output } = node;
    return { op: "unary", fn: { kind: "hard_swish" }, input: x, name, output };
  });
  return removeDead({ ...network, nodes });
}

type ClipNode = UnaryNode & { readonly fn: { readonly kind: "clip" } };

function asClip(network: Network, node: Node): ClipNode | undefined {
  const { name, output } = node;
  const clip = (input: string, min: number, max: number): ClipNode => ({
    op: "unary",
    fn: { kind: "clip", min, max },
    input,
    name,
    output,
  });
  if (node.op === "unary") {
    if (node.fn.kind === "relu") return clip(node.input, 0, Number.POSITIVE_INFINITY);
    if (node.fn.kind === "clip") return clip(node.input, node.fn.min, node.fn.max);
  }
  if (node.op !== "binary" || (node.fn !== "max" && node.fn !== "min")) return undefined;
  const parts = valueAndScalar(network, node);
  if (!parts) return undefined;
  return node.fn === "max"
    ? clip(parts.value, parts.scalar, Number.POSITIVE_INFINITY)
    : clip(parts.value, Number.NEGATIVE_INFINITY, parts.scalar);
}

function joinClips(clip: ClipNode, before: Node | undefined): ClipNode {
  if (before?.op !== "unary" || before.fn.kind !== "clip") return clip;
  const bound = (x: number) => Math.min(Math.max(x, clip.fn.min), clip.fn.max);
  const fn = { kind: "clip", min: bound(before.fn.min), max: bound(before.fn.max) } as const;
  return { ...clip, input: before.input, fn };
}

/** x, where the clip is from 0 to 6 of `x + 3`. */
function shiftedByThree(network: Network, clip: ClipNode, before: Node | undefined): string | undefined {
  if (clip.fn.min !== 0 || clip.fn.max !== 6 || before?.op !== "binary" || before.fn !== "add")
    return undefined;
  const parts = valueAndScalar(network, before);
  return parts?.scalar === 3 ? parts.value : undefined;
}

/** The two operands of a commutative node with one constant number. */
function valueAndScalar(network: Network, node: BinaryNode): { value: string; scalar: number } | undefined {
  for (const [x, c] of [
    [node.a, node.b],
    [node.b, node.a],
  ] as const) {
    if (typeof x !== "string") continue;
    const scalar = scalarOf(c, shapeOf(network, x));
    if (scalar !== undefined) return { value: x, scalar };
  }
  return undefined;
}

/** A clip at zero alone is a ReLU again. */
function plain(node: Node): Node {
  const isRelu =
    node.op === "unary" &&
    node.fn.kind === "clip" &&
    node.fn.min === 0 &&
    node.fn.max === Number.POSITIVE_INFINITY;
  return isRelu ? { ...node, fn: { kind: "relu" } } : node;
}
