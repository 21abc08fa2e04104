/**
 * Builds ONNX models: a graph with its weights as external data.
 *
 * @module
 */
import { elementCount } from "../../src/runtime/onnx/tensor.ts";
import type { ElementType } from "../../src/runtime/onnx/types.ts";
import type { TensorData } from "./data.ts";
import { toFloat16, typeOfData } from "./data.ts";
import type { BuiltModel, ModelParts, NodePart, TensorPart } from "./write.ts";
import { writeModel } from "./write.ts";

/** A dimension: a number, or the name of a symbolic one (`batch`, `height`, `width`). */
export type Dim = number | string;

/** An attribute: whole numbers become INT, strings STRING, `{ float }` FLOAT (a number alone would not tell which). */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** How weights lie in the data file. Activations are float32 either way. */
export type Storage = "fp32" | "fp16";

/** Settings of `GraphBuilder.build`. */
export interface BuildOptions {
  /** Name of the data file, as the graph refers to it. */
  readonly weightsLocation: string;
  /**
   * `fp16` stores float weights of two or more dimensions as halves and widens them by a `Cast` just before their use.
   * Biases stay float32: they are small, and rounding them buys nothing. Default `fp32`.
   */
  readonly storage?: Storage;
}

/** Collects a graph node by node. A value is known by its name, a plain string. */
export interface GraphBuilder {
  /** Declares an input of the graph. */
  input(name: string, dims: readonly Dim[], type?: ElementType): string;
  /** Adds a weight to the data file, stored as the model's are unless told. Weights lie there in the order in which they were added. */
  weight(name: string, dims: readonly number[], data: TensorData, storage?: Storage): string;
  /** Adds a small constant to the graph file itself: shapes, axes, scales. Equal constants are shared. */
  constant(data: TensorData, dims?: readonly number[]): string;
  /** Adds a node with one output, whose name it returns; `name` names node and output. */
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    name?: string,
  ): string;
  /** Declares a value to be an output of the graph, under this name. */
  output(name: string, value: string, dims: readonly Dim[], type?: ElementType): void;
  /** Writes the model. */
  build(options: BuildOptions): BuiltModel;
}

/**
 * Starts a graph.
 *
 * @param name The graph's name: the architecture.
 * @param metadata Written into the model's `metadata_props`.
 * @example
 * const g = createGraph("tiny");
 * const x = g.input("input", ["batch", 3, "height", "width"]);
 * const w = g.weight("conv.weight", [8, 3, 3, 3], weights);
 * g.output("out", g.node("Conv", [x, w], { pads: [1, 1, 1, 1] }), ["batch", 8, "height", "width"]);
 * const { graph, weights } = g.build({ weightsLocation: "tiny.fp32.onnx.data" });
 */
export function createGraph(name: string, metadata: Readonly<Record<string, string>> = {}): GraphBuilder {
  const parts: ModelParts = {
    name,
    metadata,
    inputs: [],
    outputs: [],
    nodes: [],
    weights: [],
    constants: [],
  };
  const names = new Set<string>();
  const shared = new Map<string, string>();
  const renamed = new Map<string, string>();
  const storages = new Map<string, Storage>();

  const claim = (wanted: string): string => {
    let free = wanted;
    for (let i = 1; names.has(free); i++) free = `${wanted}_${i}`;
    names.add(free);
    return free;
  };
  const claimExactly = (wanted: string): string => {
    if (names.has(wanted)) throw new Error(`the graph ${name} already has a value named ${wanted}`);
    names.add(wanted);
    return wanted;
  };

  return {
    input(inputName, dims, type = "float32") {
      parts.inputs.push({ name: claimExactly(inputName), dims, type });
      return inputName;
    },
    weight(weightName, dims, data, storage) {
      checkSize(weightName, dims, data);
      if (storage) storages.set(weightName, storage);
      parts.weights.push({ name: claimExactly(weightName), dims, data });
      return weightName;
    },
    constant(data, dims = [data.length]) {
      checkSize("constant", dims, data);
      const key = `${typeOfData(data)} ${dims.join(",")} ${Array.from(data as ArrayLike<number | bigint>, keyOf).join(",")}`;
      const known = shared.get(key);
      if (known !== undefined) return known;
      const constantName = claim("constant");
      parts.constants.push({ name: constantName, dims, data });
      shared.set(key, constantName);
      return constantName;
    },
    node(op, inputs, attributes = {}, nodeName = op) {
      for (const input of inputs) {
        if (input !== "" && !names.has(input))
          throw new Error(`${op} ${nodeName}: no value is named ${input}`);
      }
      const output = claim(nodeName);
      parts.nodes.push({ name: output, op, inputs, outputs: [output], attributes });
      return output;
    },
    output(outputName, value, dims, type = "float32") {
      claimExactly(outputName);
      const own = parts.nodes.some((node) => node.outputs.includes(value)) && !renamed.has(value);
      if (own) renamed.set(value, outputName);
      else
        parts.nodes.push({
          name: outputName,
          op: "Identity",
          inputs: [value],
          outputs: [outputName],
          attributes: {},
        });
      parts.outputs.push({ name: outputName, dims, type });
    },
    build(options) {
      const final = (value: string) => renamed.get(value) ?? value;
      const nodes = parts.nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(final),
        outputs: node.outputs.map(final),
      }));
      const stored = narrow(
        nodes,
        parts.weights,
        (weight) => (storages.get(weight) ?? options.storage) === "fp16",
      );
      return writeModel({ ...parts, ...stored }, options.weightsLocation);
    },
  };
}

/** A number's text in the key of shared constants: −0 and 0 differ. */
function keyOf(value: number | bigint): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function checkSize(name: string, dims: readonly number[], data: TensorData): void {
  if (elementCount(dims) !== data.length) {
    throw new Error(`${name}: [${dims.join(", ")}] does not hold ${data.length} elements`);
  }
}

/** Stores what is wanted and can be stored as halves so, and widens it just before its first use. */
function narrow(
  nodes: readonly NodePart[],
  weights: readonly TensorPart[],
  wanted: (weight: string) => boolean,
) {
  const narrowed = new Set<string>();
  const stored = weights.map((weight) => {
    const floats = weight.data instanceof Float32Array && weight.dims.length >= 2 ? weight.data : undefined;
    const halves = floats && wanted(weight.name) ? toFloat16(floats) : undefined;
    if (!halves) return weight;
    narrowed.add(weight.name);
    return { ...weight, name: `${weight.name}.fp16`, data: halves };
  });
  const widened: NodePart[] = [];
  for (const node of nodes) {
    for (const input of node.inputs) {
      // `delete` tells whether it was still there: only the first use widens.
      if (!narrowed.delete(input)) continue;
      widened.push({
        name: input,
        op: "Cast",
        inputs: [`${input}.fp16`],
        outputs: [input],
        attributes: { to: 1 }, // TensorProto.DataType.FLOAT
      });
    }
    widened.push(node);
  }
  return { nodes: widened, weights: stored };
}
