/**
 * Writes expected.json: what TensorFlow.js computes for the small graphs, and for the networks of @vladmandic/human, on made inputs.
 * Run by hand (`npx tsx test/tools/tfjs/make-expected.ts`) when the graphs change.
 */
import { readFile, writeFile } from "node:fs/promises";
import { numbers } from "../nhwc/support.ts";
import { GRAPHS } from "./graphs.ts";
import { HUMAN_MODELS, humanFolder, humanInput, sample } from "./human.ts";
import { filesOf } from "./support.ts";

/** What is used of TensorFlow.js: the package ships it bundled, for browsers and without types. */
interface TfTensor {
  readonly shape: number[];
  data(): Promise<Float32Array>;
}
interface TensorFlow {
  env(): { setPlatform(name: string, platform: object): void };
  setBackend(name: string): Promise<boolean>;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  cast(x: TfTensor, type: string): TfTensor;
  loadGraphModel(handler: object): Promise<{
    executeAsync(x: TfTensor, outputs?: readonly string[]): Promise<TfTensor | TfTensor[]>;
  }>;
}

async function loadTensorflow(): Promise<TensorFlow> {
  // The bundle takes Node for a browser without what a browser has; told that there is no Node, it waits for a platform.
  const { versions } = process;
  Object.defineProperty(process, "versions", { value: {}, configurable: true });
  const bundle = new URL("../dist/tfjs.esm.js", humanFolder).href;
  const tf: TensorFlow = await import(bundle);
  Object.defineProperty(process, "versions", { value: versions, configurable: true });
  tf.env().setPlatform("node", {
    now: () => performance.now(),
    encode: (text: string) => new TextEncoder().encode(text),
    decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
    isTypedArray: (x: unknown) => ArrayBuffer.isView(x),
    setTimeoutCustom: setTimeout,
  });
  await tf.setBackend("cpu");
  return tf;
}

interface Signature {
  readonly outputs: Readonly<Record<string, { readonly name: string }>>;
}
interface ModelJson {
  readonly signature?: Signature;
  readonly userDefinedMetadata?: { readonly signature?: Signature };
  readonly weightsManifest: { readonly paths: string[]; readonly weights: object[] }[];
}

const tf = await loadTensorflow();

async function run(
  json: ModelJson,
  weights: Uint8Array,
  x: TfTensor,
  names: readonly string[],
): Promise<Record<string, { dims: number[]; values: Float32Array }>> {
  const model = await tf.loadGraphModel({
    load: async () => ({
      ...json,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: new Uint8Array(weights).buffer,
    }),
  });
  const made = await model.executeAsync(x, names);
  const entries = [made].flat().map(async (tensor, i) => {
    return [names[i], { dims: tensor.shape, values: await tensor.data() }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const round = (values: ArrayLike<number>) => Array.from(values, (x) => Number(x.toPrecision(7)));

const graphs: Record<string, object> = {};
for (const [name, graph] of Object.entries(GRAPHS)) {
  const { json } = filesOf(graph);
  const weights = Buffer.concat(Object.values(graph.weights).map(({ bytes }) => bytes));
  const x = tf.tensor(numbers(graph.shape, 0), graph.shape);
  try {
    const { y } = await run(json as ModelJson, weights, x, ["y"]);
    graphs[name] = { dims: y.dims, values: round(y.values) };
  } catch (error) {
    console.error(`${name}: ${(error as Error).message.slice(0, 300)}`);
  }
}

const human: Record<string, object> = {};
for (const model of HUMAN_MODELS) {
  const json: ModelJson = JSON.parse(await readFile(new URL(`${model.name}.json`, humanFolder), "utf8"));
  const shards = json.weightsManifest.flatMap(({ paths }) => paths);
  const weights = Buffer.concat(
    await Promise.all(shards.map((path) => readFile(new URL(path, humanFolder)))),
  );
  const signature = json.signature ?? json.userDefinedMetadata?.signature;
  const names = model.outputs ?? Object.values(signature?.outputs ?? {}).map(({ name }) => name);
  const floats = tf.tensor(humanInput(model), model.shape);
  const outputs = await run(json, weights, model.bytes ? tf.cast(floats, "int32") : floats, names);
  human[model.name] = Object.fromEntries(
    Object.entries(outputs).map(([name, { dims, values }]) => [
      name,
      { dims, sample: round(sample(values)) },
    ]),
  );
}

await writeFile(new URL("expected.json", import.meta.url), `${JSON.stringify({ graphs, human })}\n`);
