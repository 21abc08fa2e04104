/**
 * Builds a network node by node. Dimensions are inferred and checked as it grows.
 *
 * @module
 */
import { checkShape } from "./checks.ts";
import { ImportError, type Where } from "./errors.ts";
import type { Network, Node, Operand, Port, Shape } from "./graph.ts";
import { shapeOf } from "./graph.ts";
import { inferShape } from "./shapes.ts";

/** A node before it has an output: `Omit` distributed over the union. */
type WithoutOutput<T> = T extends Node ? Omit<T, "output" | "name"> : never;

/** What `NetworkBuilder.add` takes. */
export type NodeSpec = WithoutOutput<Node>;

/** More nodes than any network of this family has (a MobileNetV3 has 300); bounds the work that a hostile file can ask for. */
const MAX_NODES = 50_000;

/** Collects a network. */
export interface NetworkBuilder {
  /** Declares an input of the network. */
  input(name: string, shape: Shape): string;
  /** Adds a node; gives the name of the value that it makes, which is the node's or one derived from it. */
  add(node: NodeSpec, where: Where): string;
  /** The dimensions of a value or constant. */
  shape(operand: Operand): Shape;
  /** Counts memory that constants take. @throws {ImportError} when there is too much of it. */
  spend(bytes: number): void;
  /** Ends the work. */
  finish(inputs: readonly Port[], outputs: readonly Port[]): Network;
}

/**
 * Starts a network.
 *
 * @param maxWeightBytes What decoded weights may take, in bytes.
 * @example
 * const network = createNetwork(2 ** 28);
 * const x = network.input("image", [1, 224, 224, 3]);
 * const y = network.add({ op: "unary", input: x, fn: { kind: "relu" } }, { operator: "Relu", node: "relu" });
 */
export function createNetwork(maxWeightBytes: number): NetworkBuilder {
  const nodes: Node[] = [];
  const shapes = new Map<string, Shape>();
  const suffixes = new Map<string, number>();
  let spent = 0;

  const shape = (operand: Operand) => shapeOf({ shapes }, operand);
  const claim = (wanted: string): string => {
    let free = wanted;
    for (let i = suffixes.get(wanted) ?? 1; shapes.has(free); i++) {
      free = `${wanted}_${i}`;
      suffixes.set(wanted, i + 1);
    }
    return free;
  };

  return {
    input(name, dims) {
      checkShape(dims, (message) => {
        throw new ImportError("malformed", `input "${name}": ${message}`);
      });
      const value = claim(name);
      shapes.set(value, dims);
      return value;
    },
    add(spec, where) {
      if (nodes.length >= MAX_NODES) {
        throw new ImportError("too_large", `The network has more than ${MAX_NODES} nodes`);
      }
      const output = claim(where.node);
      const node: Node = { ...spec, name: output, output };
      shapes.set(output, inferShape(node, where, shape));
      nodes.push(node);
      return output;
    },
    shape,
    spend(bytes) {
      spent += bytes;
      if (spent > maxWeightBytes) {
        throw new ImportError("too_large", `The network's constants take more than ${maxWeightBytes} bytes`);
      }
    },
    finish: (inputs, outputs) => ({ inputs, outputs, nodes, shapes }),
  };
}
