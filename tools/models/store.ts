/**
 * The store of converted models: `models/build/<name>/` with the artifacts and a record, and one manifest over all records.
 *
 * A model's folder is written under another name and renamed when it is whole, so an interrupted run leaves nothing that is served.
 *
 * @module
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import {
  Manifest,
  ManifestModel,
  type StoredGraph,
  type StoredVariant,
  type VariantName,
} from "../../src/runtime/manifest.ts";
import { type CatalogueEntry, listFolders } from "./catalogue.ts";
import { sha256, sha256File } from "./digest.ts";
import type { ModelFolders } from "./paths.ts";

/** A model's record: its entry in the manifest, and a stamp of what it was made from (when that changes, it is made again). */
const StoreRecord = z.strictObject({ stamp: z.string(), model: ManifestModel });
export type StoreRecord = z.infer<typeof StoreRecord>;

const RECORD = "record.json";
const MANIFEST = "manifest.json";

/** A converted graph, before it is stored. */
export interface GraphFiles {
  /** The `.onnx` file. */
  readonly graph: Uint8Array;
  /** The `.onnx.data` file. */
  readonly weights: Uint8Array;
  /** The name by which the graph refers to its data file; the file gets this name. */
  readonly weightsLocation: string;
}

/** Writes a model's files into a folder and describes them as a variant. */
export async function writeVariant(
  folder: string,
  graphs: Readonly<Record<string, GraphFiles>>,
): Promise<StoredVariant> {
  const stored: Record<string, StoredGraph> = {};
  for (const [role, files] of Object.entries(graphs)) {
    const graphName = files.weightsLocation.replace(/\.data$/, "");
    stored[role] = {
      graph: await writeArtifact(folder, graphName, files.graph),
      weights: await writeArtifact(folder, files.weightsLocation, files.weights),
      weights_location: files.weightsLocation,
    };
  }
  return { sha256: variantDigest(stored), graphs: stored };
}

async function writeArtifact(folder: string, name: string, content: Uint8Array) {
  await writeFile(path.join(folder, name), content);
  const digest = sha256(content);
  return { key: `${digest}/${name}`, sha256: digest, bytes: content.byteLength };
}

/** The digest that answers name: over the digests of the variant's files, roles in alphabetical order. */
function variantDigest(graphs: Readonly<Record<string, StoredGraph>>): string {
  const parts = Object.keys(graphs)
    .sort()
    .map((role) => `${role} ${graphs[role]?.graph.sha256} ${graphs[role]?.weights.sha256}\n`);
  return sha256(parts.join(""));
}

/** Replaces a model's folder by what `fill` writes, in one step. */
export async function replaceModel(
  folders: ModelFolders,
  name: string,
  fill: (folder: string) => Promise<StoreRecord>,
): Promise<StoreRecord> {
  const work = path.join(folders.build, `.${name}.${process.pid}`);
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const record = await fill(work);
    await writeFile(path.join(work, RECORD), `${JSON.stringify(record, null, 2)}\n`);
    const folder = path.join(folders.build, name);
    await rm(folder, { recursive: true, force: true });
    await rename(work, folder);
    return record;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Removes a model. Whether there was one. */
export async function removeModel(folders: ModelFolders, name: string): Promise<boolean> {
  const existed = (await readRecord(folders, name)) !== undefined;
  await rm(path.join(folders.build, name), { recursive: true, force: true });
  return existed;
}

/** A model's record; `undefined` where it is not installed, or its record is of an older form. */
export async function readRecord(folders: ModelFolders, name: string): Promise<StoreRecord | undefined> {
  try {
    const text = await readFile(path.join(folders.build, name, RECORD), "utf8");
    return StoreRecord.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** All installed models by name. */
export async function readRecords(folders: ModelFolders): Promise<Map<string, StoreRecord>> {
  const records = new Map<string, StoreRecord>();
  for (const name of await listFolders(folders.build)) {
    const record = await readRecord(folders, name);
    if (record) records.set(name, record);
  }
  return records;
}

/** Every file of a model: its R2 key and its place on disk. */
export function modelFiles(
  folders: ModelFolders,
  record: StoreRecord,
): { key: string; file: string; sha256: string; bytes: number }[] {
  const folder = path.join(folders.build, record.model.card.name);
  return Object.values(record.model.variants).flatMap((variant) =>
    Object.values(variant.graphs).flatMap((graph) =>
      [graph.graph, graph.weights].map((stored) => ({
        ...stored,
        file: path.join(folder, path.posix.basename(stored.key)),
      })),
    ),
  );
}

/** The graphs of an installed variant by role; none where the model does not have it. */
export async function readVariant(
  folders: ModelFolders,
  { model }: StoreRecord,
  variant: VariantName,
): Promise<Record<string, GraphFiles> | undefined> {
  const stored = model.variants[variant];
  if (!stored) return undefined;
  const read = (key: string) => readFile(path.join(folders.build, model.card.name, path.posix.basename(key)));
  const graphs: Record<string, GraphFiles> = {};
  for (const [role, { graph, weights, weights_location: weightsLocation }] of Object.entries(stored.graphs)) {
    graphs[role] = { graph: await read(graph.key), weights: await read(weights.key), weightsLocation };
  }
  return graphs;
}

/** What is wrong with a model's files on disk, a line each; none when every digest is right. */
export async function findDamage(folders: ModelFolders, record: StoreRecord): Promise<string[]> {
  const damage: string[] = [];
  for (const { file, sha256: expected, bytes } of modelFiles(folders, record)) {
    const size = await stat(file).then(
      (stats) => stats.size,
      () => undefined,
    );
    if (size === undefined) damage.push(`${file} is missing`);
    else if (size !== bytes) damage.push(`${file} has ${size} bytes, the manifest says ${bytes}`);
    else {
      const actual = await sha256File(file);
      if (actual !== expected)
        damage.push(`${file} has the SHA-256 ${actual}, the manifest says ${expected}`);
    }
  }
  return damage;
}

/** The manifest's file, which the Worker bundles. */
export function manifestFile(folders: ModelFolders): string {
  return path.join(folders.build, MANIFEST);
}

/** Writes the manifest over all records and cards. Returns it. */
export async function writeManifest(
  folders: ModelFolders,
  catalogue: ReadonlyMap<string, CatalogueEntry>,
): Promise<Manifest> {
  const records = await readRecords(folders);
  const known: Manifest["known"] = {};
  for (const { card } of catalogue.values()) {
    if (!records.has(card.name)) {
      known[card.name] = { task: card.task, install: `npm run models -- install ${card.name}` };
    }
  }
  const models = Object.fromEntries([...records].map(([name, record]) => [name, record.model]));
  const manifest = Manifest.parse({ version: 1, models, known });
  await mkdir(folders.build, { recursive: true });
  const file = manifestFile(folders);
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const before = await readFile(file, "utf8").catch(() => "");
  if (before !== text) {
    await writeFile(`${file}.${process.pid}`, text);
    await rename(`${file}.${process.pid}`, file);
  }
  return manifest;
}
