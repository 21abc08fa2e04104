/**
 * The int8 variant of a model: made from calibration pictures, or the one that the repository carries.
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Task } from "../../src/runtime/card.ts";
import { EngineError } from "../../src/runtime/engines/engine.ts";
import { compile } from "../../src/runtime/engines/kernels/compile.ts";
import { Quantization, type VariantName } from "../../src/runtime/manifest.ts";
import { usualSize } from "../explain.ts";
import { sha256 } from "../models/digest.ts";
import { type ModelFolders, ROOT } from "../models/paths.ts";
import type { GraphFiles } from "../models/store.ts";
import { startProgress } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import type { ResolvedCard } from "./answer.ts";
import { FEW_PHOTOS, listPhotos, makePictures } from "./pictures.ts";
import { quantizeModel, shareOf } from "./quantize-model.ts";

/** Graphs by role. */
export type Graphs = Readonly<Record<string, GraphFiles>>;

/** An int8 variant. */
export interface Int8Variant {
  readonly graphs: Graphs;
  readonly quantization: Quantization;
}

/** The photos that the repository carries. */
export const OWN_PHOTOS = path.join(ROOT, "models/calibration/photos");

/** The share of answers that must agree before int8 answers by default. */
const ENOUGH: Readonly<Record<Task, number>> = { classification: 0.95, detection: 0.95, segmentation: 0.97 };

const COMPARED = { classification: "labels", detection: "boxes", segmentation: "pixels" } as const;

/**
 * Pixels of network input that a model is calibrated on, and what is used of pictures at least and at most: 128 for a classifier, 30 of 512 × 512,
 * 22 of 520 × 693, 39 of 320 × 640, 16 of 800 × 1344.
 */
const PIXELS = 8e6;
const LEAST_PICTURES = 16;
const MOST_PICTURES = 128;

/** How a variant is made. */
export interface QuantizeOptions {
  /** A folder of photos; the repository's own by default. */
  readonly calibrate?: string | undefined;
  /** Look for values and layers to do less coarsely until the answers agree. */
  readonly search?: boolean | undefined;
  /** How many pictures to use; by default as many as the size of the network's input suggests. */
  readonly pictures?: number | undefined;
}

/** Quantizes a model's fp32 graphs. @throws {UserError} about the folder or its pictures */
export async function makeInt8(
  card: ResolvedCard,
  graphs: Graphs,
  options: QuantizeOptions,
): Promise<Int8Variant> {
  const photos = await listPhotos(options.calibrate ?? OWN_PHOTOS);
  if (options.calibrate !== undefined && photos.length < FEW_PHOTOS) {
    process.stderr.write(
      `${options.calibrate} holds ${photos.length} photos: crops of them are used as well. ${FEW_PHOTOS} or more, of what the model will see, calibrate better.\n`,
    );
  }
  const [height, width] = usualSize(card.preprocess);
  const usual = Math.max(LEAST_PICTURES, Math.min(MOST_PICTURES, Math.floor(PIXELS / (height * width))));
  const count = options.pictures ?? usual;
  const pictures = await makePictures(photos, count);

  let step = "";
  let progress = startProgress(`Quantizing ${card.name}`);
  const { agreement, exact, wide, ...made } = await quantizeModel(card, graphs, pictures, {
    ...card.quantization,
    wanted: options.search ? ENOUGH[card.task] : undefined,
    onProgress(name, done, total) {
      if (name !== step) {
        progress.done();
        progress = startProgress(`Quantizing ${card.name}: ${name}`);
        step = name;
      }
      progress.update(done, total);
    },
  });
  progress.done();
  const note = {
    pictures: count,
    agreement: { of: COMPARED[card.task], compared: agreement.compared, share: shareOf(agreement) },
    exact: [...exact],
    wide: [...wide],
  };
  return { graphs: made.graphs, quantization: note };
}

/** The variant that answers where a request names none: int8 where it agrees with fp32 on enough, and our engine runs it. */
export function defaultVariant(task: Task, { graphs, quantization }: Int8Variant): VariantName {
  const isClose = quantization.agreement.share >= ENOUGH[task];
  return isClose && Object.values(graphs).every(({ graph }) => runsOnKernels(graph)) ? "int8" : "fp32";
}

function runsOnKernels(graph: Uint8Array): boolean {
  try {
    compile(graph);
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.kind === "unsupported_graph") return false;
    throw error;
  }
}

/** "int8 agrees with fp32 on 98.4 % of 128 labels" */
export function describeQuantization({ agreement, exact, wide }: Quantization): string {
  const { share, compared, of } = agreement;
  if (compared === 0)
    return "int8 was not compared with fp32: there was nothing to compare in the calibration pictures";
  const kept = exact.length > 0 ? `; ${exact.length} values stay in fp32` : "";
  const widened = wide.length > 0 ? `; ${wide.length} layers have weights up to ±127` : "";
  return `int8 agrees with fp32 on ${(share * 100).toFixed(1)} % of ${compared} ${of}${kept}${widened}`;
}

/** What lies beside an int8 variant that the repository carries: what it was made of, and what is known of it. */
const Provenance = z.strictObject({
  /** Over the fp32 graphs that it was made of. */
  source_sha256: z.string(),
  quantization: Quantization,
});

/** The int8 variant that the repository carries, if it was made of these fp32 graphs. */
export async function readEmbeddedInt8(
  { name }: ResolvedCard,
  graphs: Graphs,
  { embedded }: Pick<ModelFolders, "embedded">,
): Promise<Int8Variant | undefined> {
  const file = path.join(embedded, `${name}.int8`);
  const text = await readFile(`${file}.json`, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { source_sha256, quantization } = Provenance.parse(JSON.parse(text));
  if (source_sha256 !== digestOf(graphs)) return undefined;
  const graph = await readFile(`${file}.onnx`);
  const weights = await readFile(`${file}.onnx.data`);
  return {
    graphs: { model: { graph, weights, weightsLocation: `${name}.int8.onnx.data` } },
    quantization,
  };
}

/** Writes a variant to where {@link readEmbeddedInt8} finds it. @throws {UserError} for models of several graphs */
export async function embedInt8(
  { name }: ResolvedCard,
  source: Graphs,
  { graphs, quantization }: Int8Variant,
  { embedded }: Pick<ModelFolders, "embedded">,
): Promise<void> {
  const { model } = graphs;
  if (!model)
    throw new UserError(`${name} has several graphs; only models of one are carried by the repository.`);
  const file = path.join(embedded, `${name}.int8`);
  const provenance = { source_sha256: digestOf(source), quantization };
  await writeFile(`${file}.onnx`, model.graph);
  await writeFile(`${file}.onnx.data`, model.weights);
  await writeFile(`${file}.json`, `${JSON.stringify(provenance, null, 2)}\n`);
}

function digestOf(graphs: Graphs): string {
  const parts = Object.keys(graphs)
    .sort()
    .map((role) => `${role} ${sha256(graphs[role].graph)} ${sha256(graphs[role].weights)}\n`);
  return sha256(parts.join(""));
}
