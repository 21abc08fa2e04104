/**
 * Turns a model's source file into the artifacts that are stored: one place that knows every importer.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Card } from "../../src/runtime/card.ts";
import type { VariantName } from "../../src/runtime/manifest.ts";
import { convertCheckpoint } from "../networks/convert.ts";
import { ImportError } from "../nhwc/errors.ts";
import type { ImportOptions } from "../nhwc/import.ts";
import { externalize, OnnxFileError } from "../onnx/externalize.ts";
import { type Progress, startProgress } from "../terminal.ts";
import { importTfjs } from "../tfjs/import.ts";
import { importTflite } from "../tflite/import.ts";
import { CheckpointError } from "../torch/error.ts";
import { UserError } from "../user-error.ts";
import { sha256 } from "./digest.ts";
import { ROOT } from "./paths.ts";
import type { GraphFiles } from "./store.ts";

/** A converted model: graphs by variant and role. */
export interface Conversion {
  readonly variants: Readonly<Partial<Record<VariantName, Readonly<Record<string, GraphFiles>>>>>;
  readonly defaultVariant: VariantName;
  /** Classes, background included, where the source tells. */
  readonly classes?: number;
}

/** The sources that conversion is made of: when one changes, what it made is made again. */
const CONVERTER_FOLDERS = ["networks", "onnx", "torch", "nhwc", "tfjs", "tflite", "models"];

let digest: Promise<string> | undefined;

/** A digest over the converter's sources. */
export function converterDigest(): Promise<string> {
  digest ??= digestSources();
  return digest;
}

async function digestSources(): Promise<string> {
  const parts: string[] = [];
  for (const folder of CONVERTER_FOLDERS) {
    const whole = path.join(ROOT, "tools", folder);
    const names = await readdir(whole, { recursive: true });
    for (const name of names.filter((one) => one.endsWith(".ts")).sort()) {
      parts.push(`${folder}/${name} ${sha256(await readFile(path.join(whole, name)))}\n`);
    }
  }
  return sha256(parts.join(""));
}

/**
 * Converts a model from its source file.
 *
 * @throws {UserError} when the file is not what the card says.
 */
export async function convertModel(card: Card, file: string): Promise<Conversion> {
  const { source } = card;
  const progress = startProgress(`Converting ${card.name}`);
  try {
    switch (source.kind) {
      case "torchvision":
        return await convertTorch(card.name, source.architecture, file, progress);
      case "embedded":
        return await readEmbedded(file);
      case "tfjs":
        return oneGraph(await convertTfjs(card, source, file, progress));
      case "tflite":
        return oneGraph(importTflite(await readFile(file), importOptions(card, source, progress)));
      case "onnx":
        return oneGraph(await convertOnnx(card.name, file));
    }
  } catch (error) {
    if (CONVERSION_ERRORS.some((type) => error instanceof type)) {
      throw new UserError(`${file}: ${(error as Error).message}`, { cause: error });
    }
    throw error;
  } finally {
    progress.done();
  }
}

/** What importers say of files that they cannot read. */
const CONVERSION_ERRORS = [CheckpointError, ImportError, OnnxFileError];

function weightsLocation(name: string): string {
  return `${name}.fp32.onnx.data`;
}

function oneGraph({ graph, weights, weightsLocation: location }: GraphFiles): Conversion {
  return {
    variants: { fp32: { model: { graph, weights, weightsLocation: location } } },
    defaultVariant: "fp32",
  };
}

/** A source that may be cut at tensors that its card names. */
interface CutSource {
  readonly outputs?: Readonly<Record<string, string>> | undefined;
}

function importOptions(card: Card, source: CutSource, progress: Progress): ImportOptions {
  const { name, preprocess } = card;
  const inputSize = fixedSize(preprocess);
  return {
    name,
    weightsLocation: weightsLocation(name),
    ...(inputSize ? { inputSize } : {}),
    ...(source.outputs ? { outputs: source.outputs } : {}),
    onProgress: ({ done, total }) => progress.update(done, total),
  };
}

/** The size that every picture is brought to, where the card names one: importers need it where the source leaves it open. */
function fixedSize(preprocess: Card["preprocess"]): { height: number; width: number } | undefined {
  switch (preprocess.kind) {
    case "resize_crop":
      return { height: preprocess.crop, width: preprocess.crop };
    case "letterbox":
      return { height: preprocess.size, width: preprocess.size };
    case "stretch":
      return { height: preprocess.height, width: preprocess.width };
    default:
      return undefined;
  }
}

async function convertTfjs(
  card: Card,
  source: CutSource,
  file: string,
  progress: Progress,
): Promise<GraphFiles> {
  const readShard = (shard: string) => readBeside(file, shard);
  return importTfjs({ modelJson: await readFile(file), readShard }, importOptions(card, source, progress));
}

async function convertOnnx(name: string, file: string): Promise<GraphFiles> {
  return externalize(await readFile(file), weightsLocation(name), (location) => readBeside(file, location));
}

/** A file that a model's file names, in the same folder or below it; never outside, since a model may be anybody's. */
async function readBeside(file: string, name: string): Promise<Uint8Array> {
  const folder = path.dirname(file);
  const beside = path.resolve(folder, name);
  if (!beside.startsWith(folder + path.sep))
    throw new UserError(`${file} names ${name}, which is outside its folder.`);
  try {
    return await readFile(beside);
  } catch {
    throw new UserError(`${file} names ${name}, but there is no ${beside}.`);
  }
}

async function convertTorch(
  name: string,
  architecture: Parameters<typeof convertCheckpoint>[0],
  file: string,
  progress: Progress,
): Promise<Conversion> {
  const { variant, graphs, numClasses } = await convertCheckpoint(architecture, await readFile(file), {
    name,
    onProgress: ({ done, total }) => progress.update(done, total),
  });
  return { variants: { [variant]: graphs }, defaultVariant: variant, classes: numClasses };
}

/** A model that the repository carries is stored as it is. */
async function readEmbedded(file: string): Promise<Conversion> {
  const location = `${path.basename(file)}.data`;
  const weights = await readBeside(file, location);
  return oneGraph({ graph: await readFile(file), weights, weightsLocation: location });
}
