/**
 * Reads `model.json` of a TensorFlow.js graph model.
 *
 * Format: tfjs-core/src/io/types.ts (`ModelJSON`, `WeightsManifestConfig`), and TensorFlow's GraphDef as protobuf's JSON.
 *
 * @module
 */
import { z } from "zod";
import { ImportError } from "../nhwc/errors.ts";

/** The largest `model.json` that is read: the topology of a network of thousands of nodes is under 5 MB. */
const MAX_JSON_BYTES = 2 ** 26;

const shape = z.array(z.int().min(0));

const weightSpec = z.object({
  name: z.string(),
  shape,
  dtype: z.string(),
  quantization: z
    .object({ dtype: z.string(), scale: z.number().optional(), min: z.number().optional() })
    .optional(),
});

/** One weight: its name, dimensions and how it is stored. */
export type WeightSpec = z.infer<typeof weightSpec>;

const weightGroup = z.object({ paths: z.array(z.string()), weights: z.array(weightSpec) });

/** Weights that lie one behind the other in a file that is cut into shards. */
export type WeightGroup = z.infer<typeof weightGroup>;

const node = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), z.unknown()).default({}),
});

/** One operation of the graph; its attributes are still protobuf's JSON. */
export type TfNode = z.infer<typeof node>;

const ports = z.record(z.string(), z.object({ name: z.string() }));
const signature = z.object({ inputs: ports.optional(), outputs: ports.optional() });

const modelJson = z.object({
  format: z.string().optional(),
  signature: signature.optional(),
  userDefinedMetadata: z.object({ signature: signature.optional() }).optional(),
  modelTopology: z.object({ node: z.array(node).min(1) }),
  weightsManifest: z.array(weightGroup),
});

/** The name of a tensor in the graph, and the name that the model's signature gives it. */
export interface SignaturePort {
  readonly key: string;
  readonly tensor: string;
}

/** A graph model, its weights not yet read. */
export interface TfModel {
  readonly nodes: ReadonlyMap<string, TfNode>;
  readonly groups: readonly WeightGroup[];
  /** Empty where the model has no signature. */
  readonly inputs: readonly SignaturePort[];
  readonly outputs: readonly SignaturePort[];
}

/** Reads `model.json`. @throws {ImportError} when it is not a graph model. */
export function readModelJson(bytes: Uint8Array): TfModel {
  if (bytes.length > MAX_JSON_BYTES) {
    throw new ImportError(
      "too_large",
      `model.json has ${bytes.length} bytes, at most ${MAX_JSON_BYTES} are read`,
    );
  }
  const parsed = modelJson.safeParse(parseJson(bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ImportError(
      "malformed",
      `model.json is not a TensorFlow.js graph model: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
    );
  }
  const { modelTopology, weightsManifest, format } = parsed.data;
  if (format !== undefined && format !== "graph-model") {
    throw new ImportError(
      "unsupported",
      `model.json is a "${format}", only "graph-model" is supported (tensorflowjs_converter --output_format=tfjs_graph_model)`,
    );
  }
  const nodes = new Map(modelTopology.node.map((entry) => [entry.name, entry]));
  if (nodes.size < modelTopology.node.length) {
    throw new ImportError("malformed", "model.json has two nodes of one name");
  }
  const declared = parsed.data.signature ?? parsed.data.userDefinedMetadata?.signature;
  return {
    nodes,
    groups: weightsManifest,
    inputs: portsOf(declared?.inputs),
    outputs: portsOf(declared?.outputs),
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ImportError("malformed", "model.json is not JSON", { cause });
  }
}

function portsOf(declared: z.infer<typeof ports> | undefined): SignaturePort[] {
  return Object.entries(declared ?? {}).map(([key, { name }]) => ({ key, tensor: name }));
}

/** A tensor by its node and its place among that node's outputs. */
export interface TensorRef {
  readonly node: string;
  readonly index: number;
}

/** Reads `name`, `name:1`; undefined for `^name`, which orders execution and carries nothing. */
export function parseTensorRef(text: string): TensorRef | undefined {
  if (text.startsWith("^")) return undefined;
  const match = /^(.*):(\d{1,4})$/s.exec(text);
  return match ? { node: match[1], index: Number(match[2]) } : { node: text, index: 0 };
}
