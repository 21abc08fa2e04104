/**
 * Installs a model: finds its source, converts it, stores the result. `prepare` does so for the models that need no download.
 *
 * @module
 */
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Card } from "../../src/runtime/card.ts";
import type { Manifest, ManifestModel, VariantName, Verification } from "../../src/runtime/manifest.ts";
import {
  defaultVariant,
  describeQuantization,
  type Int8Variant,
  makeInt8,
  readEmbeddedInt8,
} from "../quantize/variant.ts";
import { formatBytes } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import { type CatalogueEntry, OWN_CARD, readCatalogue, readLabels } from "./catalogue.ts";
import { type CheckpointOptions, chooseWeights, findCheckpoint } from "./checkpoint.ts";
import { type Conversion, converterDigest, convertModel } from "./convert.ts";
import { sha256, sha256File } from "./digest.ts";
import type { ModelFolders } from "./paths.ts";
import {
  modelFiles,
  readRecord,
  replaceModel,
  type StoreRecord,
  writeManifest,
  writeVariant,
} from "./store.ts";

/** How `install` was asked to go about it. */
export interface InstallOptions extends CheckpointOptions {
  /** torchvision's name of a set of weights: `IMAGENET1K_V1`. */
  readonly weights?: string | undefined;
  /** A folder of photos to calibrate int8 on; the repository's own by default. */
  readonly calibrate?: string | undefined;
  /** `false`: fp32 only; `embedded`: int8 where the repository carries it, which takes no time. */
  readonly int8?: boolean | "embedded" | undefined;
}

/** A source file, found and checked. */
interface FoundSource {
  readonly file: string;
  readonly sha256: string;
  readonly verification: Verification;
  readonly weights?: string;
}

/** Installs one model. The manifest is written by the caller, once for all. */
export async function installModel(
  entry: CatalogueEntry,
  folders: ModelFolders,
  options: InstallOptions,
): Promise<StoreRecord> {
  const chosen = chooseWeights(entry.card, options.weights);
  const card = { ...entry.card, ...definedOnly(chosen?.preprocess, chosen?.accuracy) };
  const source = await findSource(entry, folders, options);
  const stamp = await stampOf(entry, source);
  const labels = await readLabels(card, folders);
  const record = await replaceModel(folders, card.name, async (folder) => {
    const conversion = await convertModel(card, source.file);
    checkLabels(card, labels, conversion);
    if (entry.own) await writeFile(path.join(folder, OWN_CARD), JSON.stringify(pinned(entry), null, 2));
    const variants: ManifestModel["variants"] = {};
    for (const [variant, graphs] of Object.entries(conversion.variants)) {
      variants[variant as VariantName] = await writeVariant(folder, graphs);
    }
    const model: ManifestModel = {
      card: { ...card, labels },
      ...(source.weights === undefined ? {} : { weights: source.weights }),
      verification: source.verification,
      default_variant: conversion.defaultVariant,
      variants,
    };
    const made = await quantize({ ...card, labels }, conversion, folders, options);
    return { stamp, model: made ? await withInt8(folder, model, made) : model };
  });
  const bytes = Object.values(record.model.variants)
    .flatMap((variant) => Object.values(variant.graphs))
    .reduce((sum, graph) => sum + graph.graph.bytes + graph.weights.bytes, 0);
  process.stderr.write(
    `Installed ${card.name} (${Object.keys(record.model.variants).join(", ")}; ${formatBytes(bytes)}; ${source.verification}).\n`,
  );
  return record;
}

/** Makes the int8 variant of a model that has only fp32; `undefined` where the source brings its own, or none is wanted. */
async function quantize(
  card: ManifestModel["card"],
  { variants }: Conversion,
  folders: ModelFolders,
  options: InstallOptions,
): Promise<Int8Variant | undefined> {
  if (!variants.fp32 || variants.int8 || options.int8 === false) return undefined;
  const embedded = options.calibrate === undefined && (await readEmbeddedInt8(card, variants.fp32, folders));
  if (embedded) return embedded;
  if (options.int8 === "embedded") return undefined;
  const made = await makeInt8(card, variants.fp32, options);
  process.stderr.write(`${card.name}: ${describeQuantization(made.quantization)}.\n`);
  return made;
}

/** Writes an int8 variant into a model's folder. Returns the model with it. */
async function withInt8(folder: string, model: ManifestModel, made: Int8Variant): Promise<ManifestModel> {
  const int8 = { ...(await writeVariant(folder, made.graphs)), quantization: made.quantization };
  return {
    ...model,
    default_variant: defaultVariant(model.card.task, made),
    variants: { ...model.variants, int8 },
  };
}

/** Gives an installed model an int8 variant, in place of the one that it has. */
export async function addVariant(
  folders: ModelFolders,
  record: StoreRecord,
  made: Int8Variant,
): Promise<StoreRecord> {
  const { name } = record.model.card;
  const { int8: _, ...others } = record.model.variants;
  const model = { ...record.model, variants: others };
  return replaceModel(folders, name, async (folder) => {
    for (const { file } of modelFiles(folders, { ...record, model })) {
      await copyFile(file, path.join(folder, path.basename(file)));
    }
    const card = path.join(folders.build, name, OWN_CARD);
    await copyFile(card, path.join(folder, OWN_CARD)).catch(() => undefined);
    return { ...record, model: await withInt8(folder, model, made) };
  });
}

/** Installs what needs no download and is missing or out of date, and writes the manifest. */
export async function prepareModels(folders: ModelFolders): Promise<Manifest> {
  const catalogue = await readCatalogue(folders);
  for (const entry of catalogue.values()) {
    if (!isBundled(entry)) continue;
    const source = await findSource(entry, folders, {});
    const record = await readRecord(folders, entry.card.name);
    if (record?.stamp === (await stampOf(entry, source))) continue;
    await installModel(entry, folders, { int8: "embedded" });
  }
  return writeManifest(folders, catalogue);
}

/** Whether a model comes with npm or the repository. */
export function isBundled(entry: CatalogueEntry): boolean {
  const { source } = entry.card;
  if (entry.own) return false;
  return (
    source.kind === "embedded" ||
    ((source.kind === "tfjs" || source.kind === "tflite") && source.package !== undefined)
  );
}

async function findSource(
  entry: CatalogueEntry,
  folders: ModelFolders,
  options: InstallOptions,
): Promise<FoundSource> {
  const { card } = entry;
  const { source } = card;
  const beside = (file: string) => path.resolve(path.dirname(entry.file), file);
  if (source.kind === "embedded") {
    const file = path.join(folders.embedded, `${card.name}.fp32.onnx`);
    return { file, sha256: await sha256File(file), verification: "embedded" };
  }
  if (source.kind === "torchvision") {
    const own =
      options.checkpoint ?? (source.checkpoint === undefined ? undefined : beside(source.checkpoint));
    const weights = chooseWeights(card, options.weights);
    if (weights) {
      const found = await findCheckpoint(card, weights, folders, options);
      return { ...found, weights: weights.name };
    }
    if (own === undefined) {
      throw new UserError(
        `The card of ${card.name} names neither published weights nor a checkpoint. Name the file with --checkpoint <file>.`,
      );
    }
    return { file: own, sha256: await digestOf(own), verification: "own" };
  }
  if ((source.kind === "tfjs" || source.kind === "tflite") && source.package !== undefined) {
    const file = path.join(folders.packages, source.package, source.file);
    return { file, sha256: await digestOf(file), verification: "embedded" };
  }
  const file = beside(source.file);
  return { file, sha256: await digestOf(file), verification: "own" };
}

async function digestOf(file: string): Promise<string> {
  try {
    return await sha256File(file);
  } catch (error) {
    throw new UserError(`Cannot read ${file}: ${(error as Error).message}`);
  }
}

/** Card, source and converter: a change of any makes the model anew. */
async function stampOf(entry: CatalogueEntry, source: FoundSource): Promise<string> {
  const card = entry.own ? JSON.stringify(entry.card) : await readFile(entry.file);
  return sha256(`${sha256(card)} ${source.sha256} ${await converterDigest()}`);
}

/** A user's card as it is kept: paths made absolute, since they were relative to where the card lay. */
function pinned(entry: CatalogueEntry): Card {
  const beside = (file: string) => path.resolve(path.dirname(entry.file), file);
  const { source } = entry.card;
  if (source.kind === "torchvision") {
    return source.checkpoint === undefined
      ? entry.card
      : { ...entry.card, source: { ...source, checkpoint: beside(source.checkpoint) } };
  }
  if (source.kind === "embedded") return entry.card;
  return { ...entry.card, source: { ...source, file: beside(source.file) } };
}

function checkLabels(card: Card, labels: readonly string[], conversion: Conversion): void {
  if (conversion.classes !== undefined && conversion.classes !== labels.length) {
    throw new UserError(
      `The network of ${card.name} has ${conversion.classes} classes, but its card has ${labels.length} labels. ` +
        "Give as many labels, in the order of the class index.",
    );
  }
}

function definedOnly(
  preprocess: Card["preprocess"] | undefined,
  accuracy: Card["accuracy"] | undefined,
): Partial<Card> {
  return { ...(preprocess ? { preprocess } : {}), ...(accuracy ? { accuracy } : {}) };
}
