/**
 * Imports TensorFlow.js graph models.
 *
 * @module
 */
import type { NetworkBuilder } from "../nhwc/builder.ts";
import { createNetwork } from "../nhwc/builder.ts";
import { ImportError, nodeError, unsupportedOperator } from "../nhwc/errors.ts";
import type { Port } from "../nhwc/graph.ts";
import type { Imported, ImportOptions, SourceInput } from "../nhwc/import.ts";
import { checkPortNames, finishImport, inputShape, nameInputs, weightLimit } from "../nhwc/import.ts";
import type { Term } from "../nhwc/terms.ts";
import { value } from "../nhwc/terms.ts";
import { attributesOf } from "./attributes.ts";
import type { SignaturePort, TensorRef, TfModel, TfNode } from "./model.ts";
import { parseTensorRef, readModelJson } from "./model.ts";
import { OPERATORS } from "./operators.ts";
import type { ReadShard, StoredWeight } from "./weights.ts";
import { decodeWeight, readWeights } from "./weights.ts";

/** The files of a TensorFlow.js graph model. */
export interface TfjsSource {
  /** `model.json`, whatever its name. */
  readonly modelJson: Uint8Array;
  /** Reads a weight file by its path relative to `model.json`. */
  readonly readShard: ReadShard;
}

/**
 * Imports a TensorFlow.js graph model as ONNX.
 *
 * @throws {ImportError} when the model cannot be imported; an unsupported operator is named with its node.
 * @example
 * const folder = "node_modules/@vladmandic/human/models";
 * const { graph, weights } = await importTfjs(
 *   { modelJson: await readFile(`${folder}/centernet.json`), readShard: (path) => readFile(`${folder}/${path}`) },
 *   {
 *     name: "centernet_mobilenet_v3",
 *     weightsLocation: "centernet_mobilenet_v3.fp32.onnx.data",
 *     outputs: { "tower_0/keypoints": "keypoints", "tower_0/wh": "wh" },
 *   },
 * );
 */
export async function importTfjs(source: TfjsSource, options: ImportOptions): Promise<Imported> {
  const model = readModelJson(source.modelJson);
  const weights = await readWeights(model.groups, source.readShard, weightLimit(options), (done, total) =>
    options.onProgress?.({ stage: "reading", done, total }),
  );
  const wanted = wantedOutputs(model, options);
  const order = sortNodes(model, wanted);
  const network = createNetwork(weightLimit(options));
  const { terms, inputs: sourceInputs } = translate(model, order, weights, network, options);
  const inputs = nameInputs(sourceInputs, options);
  const outputs = wanted.map(({ key, tensor }): Port => {
    const ref = wantRef(tensor, "an output");
    const term = terms.get(ref.node)?.[ref.index];
    if (term?.kind === "value") return { name: key, value: term.name };
    throw new ImportError("options", `output "${tensor}" is ${term ? "a constant" : "not there"}`);
  });
  checkPortNames([...inputs, ...outputs]);
  return finishImport(network, inputs, outputs, options);
}

function wantedOutputs(model: TfModel, options: ImportOptions): readonly SignaturePort[] {
  if (options.outputs) return Object.entries(options.outputs).map(([tensor, key]) => ({ key, tensor }));
  if (model.outputs.length > 0) return model.outputs;
  const read = new Set(
    [...model.nodes.values()].flatMap(({ input }) => input.map((text) => parseTensorRef(text)?.node)),
  );
  const ends = [...model.nodes.values()].filter(({ name, op }) => op !== "Const" && !read.has(name));
  return ends.map(({ name }) => ({ key: name, tensor: name }));
}

/** The nodes that the outputs depend on, each after those that it reads. */
function sortNodes(model: TfModel, outputs: readonly SignaturePort[]): readonly TfNode[] {
  const order: TfNode[] = [];
  const state = new Map<string, "open" | "done">();
  const stack = outputs
    .map(({ tensor }) => ({ name: wantRef(tensor, "an output").node, by: "an output" }))
    .reverse();
  // Depth first without recursion: the depth is the file's to choose.
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { name, by } = top;
    const node = model.nodes.get(name);
    if (!node) {
      throw new ImportError(
        by === "an output" ? "options" : "malformed",
        `${by} reads "${name}", which is not there`,
      );
    }
    if (state.has(name)) {
      stack.pop();
      if (state.get(name) === "open") order.push(node);
      state.set(name, "done");
      continue;
    }
    state.set(name, "open");
    for (const text of node.input.toReversed()) {
      const ref = parseTensorRef(text);
      if (!ref || state.get(ref.node) === "done") continue;
      if (state.get(ref.node) === "open") {
        throw nodeError(
          "malformed",
          { operator: node.op, node: name },
          `it depends on itself (through "${ref.node}")`,
        );
      }
      stack.push({ name: ref.node, by: name });
    }
  }
  return order;
}

function translate(
  model: TfModel,
  order: readonly TfNode[],
  weights: ReadonlyMap<string, StoredWeight>,
  network: NetworkBuilder,
  options: ImportOptions,
): { terms: ReadonlyMap<string, readonly Term[]>; inputs: readonly SourceInput[] } {
  const terms = new Map<string, readonly Term[]>();
  const inputs: SourceInput[] = [];
  const keys = new Map(model.inputs.map(({ key, tensor }) => [parseTensorRef(tensor)?.node, key]));
  for (const [i, node] of order.entries()) {
    if (node.op === "Placeholder") {
      const name = network.input(
        node.name,
        inputShape(node.name, attributesOf(node).shape("shape"), options),
      );
      inputs.push({ source: node.name, name: keys.get(node.name) ?? node.name, value: name });
      terms.set(node.name, [value(name)]);
    } else if (node.op === "Const") {
      terms.set(node.name, [constant(node, weights, network)]);
    } else {
      terms.set(node.name, translateNode(node, terms, network));
    }
    options.onProgress?.({ stage: "translating", done: i + 1, total: order.length });
  }
  return { terms, inputs };
}

function translateNode(
  node: TfNode,
  terms: ReadonlyMap<string, readonly Term[]>,
  network: NetworkBuilder,
): readonly Term[] {
  const where = { operator: node.op, node: node.name };
  const translator = OPERATORS.get(node.op);
  if (!translator) throw unsupportedOperator(where);
  const inputs = node.input.flatMap((text): Term[] => {
    const ref = parseTensorRef(text);
    if (!ref) return [];
    const term = terms.get(ref.node)?.[ref.index];
    if (term) return [term];
    throw nodeError("malformed", where, `it reads "${text}", which is not there`);
  });
  const outputs = translator({ node, inputs, attributes: attributesOf(node), where, network });
  return "kind" in outputs ? [outputs] : outputs;
}

function constant(node: TfNode, weights: ReadonlyMap<string, StoredWeight>, network: NetworkBuilder): Term {
  const weight = weights.get(node.name);
  if (!weight) {
    throw nodeError(
      "malformed",
      { operator: node.op, node: node.name },
      "the weights manifest does not have it",
    );
  }
  const decoded = decodeWeight(weight);
  network.spend(decoded.data.byteLength);
  return decoded;
}

function wantRef(text: string, role: string): TensorRef {
  const ref = parseTensorRef(text);
  if (ref) return ref;
  throw new ImportError("malformed", `${role} is "${text}", which carries nothing`);
}
