/**
 * Folds what stands around a convolution into its padding and dilation.
 *
 * @module
 */
import type { ConvNode, Network, Node, PadNode, Pads, SpaceBatchNode } from "../graph.ts";
import { shapeOf } from "../graph.ts";
import { countUses, perChannel, producers, removeDead, renameValues } from "./rewrite.ts";

/** Folds zeros put around a picture into the convolution that reads it. */
export function foldPads(network: Network): Network {
  const made = producers(network);
  const nodes = network.nodes.map((node) => {
    const before = node.op === "conv" ? made.get(node.input) : undefined;
    const pads = before?.op === "pad" ? edgesOf(before) : undefined;
    if (node.op !== "conv" || before?.op !== "pad" || !pads) return node;
    const [top, left, bottom, right] = node.pads;
    const sum: Pads = [top + pads[0], left + pads[1], bottom + pads[2], right + pads[3]];
    return { ...node, input: before.input, pads: sum };
  });
  return removeDead({ ...network, nodes });
}

function edgesOf(node: PadNode): Pads | undefined {
  const [batch, rows, columns, channels] = node.pads;
  const others = [batch, channels].flat();
  if (node.mode !== "constant" || node.value !== 0 || node.pads.length !== 4) return undefined;
  if (others.some((pad) => pad !== 0)) return undefined;
  return [rows[0], columns[0], rows[1], columns[1]];
}

/**
 * Turns SpaceToBatch → convolution → BatchToSpace, TensorFlow's old way to write it, into a dilated convolution. Between the latter two
 * there may be operations on single elements.
 */
export function recogniseDilations(network: Network): Network {
  const made = producers(network);
  const uses = countUses(network);
  const shapes = new Map(network.shapes);
  const replaced = new Map<string, Node>();
  const renamed = new Map<string, string>();
  for (const node of network.nodes) {
    if (node.op !== "batch_to_space") continue;
    const chain: Node[] = [];
    let at = made.get(node.input);
    while (at && uses.get(at.output) === 1 && isElementwise(network, at)) {
      chain.push(at);
      at = made.get(valueInput(at));
    }
    const spread = at?.op === "conv" ? made.get(at.input) : undefined;
    if (at?.op !== "conv" || uses.get(at.output) !== 1 || spread?.op !== "space_to_batch") continue;
    const conv = dilated(at, spread, node);
    if (!conv) continue;
    replaced.set(at.output, conv);
    renamed.set(node.output, node.input);
    const channels = shapeOf(network, at.output)[3];
    const shape = [...shapeOf(network, node.output).slice(0, 3), channels];
    for (const { output } of [at, ...chain]) shapes.set(output, shape);
  }
  const nodes = network.nodes.map((node) => replaced.get(node.output) ?? node);
  return removeDead(renameValues({ ...network, nodes, shapes }, renamed));
}

function dilated(conv: ConvNode, before: SpaceBatchNode, after: SpaceBatchNode): ConvNode | undefined {
  const [rows, columns] = before.block;
  const plain = [...conv.strides, ...conv.dilations].every((step) => step === 1);
  if (!plain || after.block[0] !== rows || after.block[1] !== columns) return undefined;
  // In joined pixels the convolution's own padding is a block wide, and what is cropped later need not be padded.
  const edges = conv.pads.map(
    (pad, i) => before.pads[i] + pad * (i % 2 === 0 ? rows : columns) - after.pads[i],
  );
  if (edges.some((pad) => pad < 0)) return undefined;
  const pads: Pads = [edges[0], edges[1], edges[2], edges[3]];
  return { ...conv, input: before.input, dilations: before.block, pads };
}

function isElementwise(network: Network, node: Node): boolean {
  if (node.op === "unary") return true;
  if (node.op !== "binary") return false;
  const shape = shapeOf(network, node.output);
  return [node.a, node.b].some((operand) => perChannel(operand, shape) !== undefined);
}

function valueInput(node: Node): string {
  if (node.op === "binary") return typeof node.a === "string" ? node.a : String(node.b);
  return node.op === "unary" ? node.input : "";
}
