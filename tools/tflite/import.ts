/**
 * Imports TensorFlow Lite files.
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
import { OPERATORS } from "./operators.ts";
import type { TfliteModel, TfliteOperator } from "./schema.ts";
import { readTflite } from "./schema.ts";
import { decodedBytes, decodeTensor } from "./weights.ts";

/**
 * Imports a TensorFlow Lite file as ONNX.
 *
 * All is computed in float: weights in half precision or quantized are widened, and where a file quantizes its activations too, the network
 * becomes the float network that they stand for (its inputs and outputs are then real values, not the quantized ones).
 *
 * @throws {ImportError} when the file cannot be imported; an unsupported operator is named with its node (the name of its first output).
 * @example
 * const bytes = await readFile("node_modules/@mediapipe/selfie_segmentation/selfie_segmentation.tflite");
 * const { graph, weights } = importTflite(bytes, {
 *   name: "selfie_segmentation",
 *   weightsLocation: "selfie_segmentation.fp32.onnx.data",
 * });
 */
export function importTflite(bytes: Uint8Array, options: ImportOptions): Imported {
  const model = readTflite(bytes);
  options.onProgress?.({ stage: "reading", done: bytes.length, total: bytes.length });
  const wanted = wantedOutputs(model, options);
  const needed = neededOperators(
    model,
    wanted.map(({ tensor }) => tensor),
  );
  const network = createNetwork(weightLimit(options));
  const terms = new Map<number, Term>();
  const inputs = translateInputs(model, needed, network, terms, options);
  const reader = constantReader(model, network, terms);
  for (const [i, operator] of needed.entries()) {
    translateOperator(model, operator, network, reader, terms);
    options.onProgress?.({ stage: "translating", done: i + 1, total: needed.length });
  }
  const outputs = wanted.map(({ name, tensor }): Port => {
    const term = terms.get(tensor);
    if (term?.kind === "value") return { name, value: term.name };
    throw new ImportError("options", `output "${name}" is not computed from an input`);
  });
  checkPortNames([...inputs, ...outputs]);
  return finishImport(network, inputs, outputs, options);
}

interface WantedOutput {
  readonly name: string;
  readonly tensor: number;
}

function wantedOutputs(model: TfliteModel, options: ImportOptions): readonly WantedOutput[] {
  if (!options.outputs) {
    return model.outputs.map((tensor) => ({ name: tensorName(model, tensor), tensor }));
  }
  return Object.entries(options.outputs).map(([source, name]) => {
    const tensor = model.tensors.findIndex((candidate) => candidate.name === source);
    if (tensor < 0) throw new ImportError("options", `the file has no tensor "${source}"`);
    return { name, tensor };
  });
}

/** The operators that the outputs depend on, in the file's order, in which each stands behind those that it reads. */
function neededOperators(model: TfliteModel, outputs: readonly number[]): readonly TfliteOperator[] {
  const live = new Set(outputs);
  const needed: TfliteOperator[] = [];
  for (const operator of model.operators.toReversed()) {
    if (!operator.outputs.some((output) => live.has(output))) continue;
    needed.push(operator);
    for (const input of operator.inputs) live.add(input);
  }
  return needed.reverse();
}

function translateInputs(
  model: TfliteModel,
  needed: readonly TfliteOperator[],
  network: NetworkBuilder,
  terms: Map<number, Term>,
  options: ImportOptions,
): readonly Port[] {
  const read = new Set(needed.flatMap((operator) => operator.inputs));
  const inputs: SourceInput[] = [];
  for (const index of model.inputs) {
    const tensor = model.tensors[index];
    if (!tensor || !read.has(index) || terms.has(index)) continue;
    const shape = inputShape(tensor.name, tensor.shapeSignature ?? tensor.shape, options);
    const name = network.input(tensor.name, shape);
    inputs.push({ source: tensor.name, name: tensor.name, value: name });
    terms.set(index, value(name));
  }
  return nameInputs(inputs, options);
}

type TermReader = (tensor: number) => Term | undefined;

/** Gives computed values and decoded constants, the latter decoded once. */
function constantReader(model: TfliteModel, network: NetworkBuilder, terms: Map<number, Term>): TermReader {
  return (index) => {
    const known = terms.get(index);
    const tensor = model.tensors[index];
    if (known || !tensor?.data) return known;
    network.spend(decodedBytes(tensor, tensor.data));
    const constant = decodeTensor(tensor, tensor.data);
    terms.set(index, constant);
    return constant;
  };
}

function translateOperator(
  model: TfliteModel,
  operator: TfliteOperator,
  network: NetworkBuilder,
  read: TermReader,
  terms: Map<number, Term>,
): void {
  const [first] = operator.outputs;
  const where = { operator: operator.name, node: first === undefined ? "" : tensorName(model, first) };
  const translator = OPERATORS.get(operator.name);
  if (!translator) throw unsupportedOperator(where);
  const inputs = operator.inputs.map((index) => {
    const term = read(index);
    if (term || index === -1) return term;
    throw nodeError("malformed", where, `it reads tensor "${tensorName(model, index)}", which nothing makes`);
  });
  const { options, customOptions } = operator;
  const made = translator({ network, where, inputs, options, customOptions });
  const outputs = "kind" in made ? [made] : made;
  if (outputs.length < operator.outputs.length) {
    throw nodeError(
      "malformed",
      where,
      `it has ${operator.outputs.length} outputs instead of ${outputs.length}`,
    );
  }
  for (const [i, index] of operator.outputs.entries()) terms.set(index, outputs[i]);
}

function tensorName(model: TfliteModel, index: number): string {
  return model.tensors[index]?.name ?? `tensor_${index}`;
}
