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
import { startProgress } from "../terminal.ts";
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
  switch (source.kind) {
    case "torchvision":
      return convertTorch(card.name, source.architecture, file);
    case "embedded":
      return readEmbedded(file);
    default:
      throw new UserError(`${card.name}: models of the kind "${source.kind}" cannot be converted.`);
  }
}

async function convertTorch(
  name: string,
  architecture: Parameters<typeof convertCheckpoint>[0],
  file: string,
): Promise<Conversion> {
  const progress = startProgress(`Converting ${name}`);
  try {
    const { variant, graphs, numClasses } = await convertCheckpoint(architecture, await readFile(file), {
      name,
      onProgress: ({ done, total }) => progress.update(done, total),
    });
    return { variants: { [variant]: graphs }, defaultVariant: variant, classes: numClasses };
  } catch (error) {
    if (error instanceof CheckpointError) throw new UserError(`${file}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    progress.done();
  }
}

/** A model that the repository carries is stored as it is. */
async function readEmbedded(file: string): Promise<Conversion> {
  const weightsLocation = `${path.basename(file)}.data`;
  const graphs = {
    model: {
      graph: await readFile(file),
      weights: await readFile(path.join(path.dirname(file), weightsLocation)),
      weightsLocation,
    },
  };
  return { variants: { fp32: graphs }, defaultVariant: "fp32" };
}
