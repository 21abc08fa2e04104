import { elementCount } from "../../../tools/nhwc/graph.ts";
import type { Imported, ImportOptions } from "../../../tools/nhwc/import.ts";
import { importTfjs, type TfjsSource } from "../../../tools/tfjs/import.ts";

/** A weight, as TensorFlow.js stores it. */
export interface StoredWeight {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly bytes: Uint8Array;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

/** A node of the graph, its attributes in protobuf's JSON. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

/** A graph model that is made for a test. */
export interface GraphModel {
  readonly nodes: readonly GraphNode[];
  readonly weights: Readonly<Record<string, StoredWeight>>;
  readonly outputs?: readonly string[];
}

export function floats(shape: readonly number[], values: ArrayLike<number>): StoredWeight {
  const data = Float32Array.from(values);
  if (data.length !== elementCount(shape))
    throw new Error(`[${shape}] does not hold ${data.length} elements`);
  return { shape, dtype: "float32", bytes: new Uint8Array(data.buffer) };
}

export function ints(...values: readonly number[]): StoredWeight {
  return { shape: [values.length], dtype: "int32", bytes: new Uint8Array(Int32Array.from(values).buffer) };
}

export function int(value: number): StoredWeight {
  return { ...ints(value), shape: [] };
}

/** A Placeholder of this shape. */
export function placeholder(name: string, shape: readonly number[]): GraphNode {
  const dim = shape.map((size) => ({ size: String(size) }));
  return { name, op: "Placeholder", attr: { shape: { shape: { dim } }, dtype: { type: "DT_FLOAT" } } };
}

/** Attributes: a list of numbers, a number, text, yes or no. */
export const attribute = {
  ints: (...i: readonly number[]) => ({ list: { i: i.map(String) } }),
  texts: (...texts: readonly string[]) => ({ list: { s: texts.map(btoa) } }),
  int: (i: number) => ({ i: String(i) }),
  float: (f: number) => ({ f }),
  text: (text: string) => ({ s: btoa(text) }),
  bool: (b: boolean) => ({ b }),
  type: (type: string) => ({ type }),
};

/** The model's files: `model.json`, and its weights cut into shards of `shardBytes`. */
export function filesOf(
  model: GraphModel,
  shardBytes = Number.POSITIVE_INFINITY,
): TfjsSource & { json: object } {
  const entries = Object.entries(model.weights);
  const bytes = Buffer.concat(entries.map(([, weight]) => weight.bytes));
  const shards: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += shardBytes) shards.push(bytes.subarray(at, at + shardBytes));
  const constants = entries.map(([name]) => ({ name, op: "Const" }));
  const json = {
    format: "graph-model",
    ...(model.outputs && {
      signature: { outputs: Object.fromEntries(model.outputs.map((name) => [name, { name }])) },
    }),
    modelTopology: { node: [...constants, ...model.nodes], versions: { producer: 27 } },
    weightsManifest: [
      {
        paths: shards.map((_, i) => `shard${i}.bin`),
        weights: entries.map(([name, { bytes: _, ...spec }]) => ({ name, ...spec })),
      },
    ],
  };
  return {
    json,
    modelJson: new TextEncoder().encode(JSON.stringify(json)),
    readShard: async (path) => shards[Number(/\d+/.exec(path)?.[0])] ?? new Uint8Array(),
  };
}

/** Imports a model with the least of options. */
export function importModel(model: GraphModel, options: Partial<ImportOptions> = {}): Promise<Imported> {
  return importTfjs(filesOf(model), { name: "test", weightsLocation: "test.data", ...options });
}
