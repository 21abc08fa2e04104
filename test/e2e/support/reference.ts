/**
 * The reference data beside the repository, and a Worker that serves its checkpoints.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundleWorker, type RunningWorker, startWorker } from "../../../bench/harness/worker.ts";
import type { Card } from "../../../src/runtime/card.ts";
import { findCard, readCatalogue } from "../../../tools/models/catalogue.ts";
import { installModel, prepareModels } from "../../../tools/models/install.ts";
import { type ModelFolders, modelFolders, ROOT } from "../../../tools/models/paths.ts";
import { writeManifest } from "../../../tools/models/store.ts";

const SHARED = path.resolve(ROOT, "../shared");

/** Whether the reference data is there. Tests that need it are skipped, with a message, where it is not. */
export const hasReference = existsSync(SHARED);
if (!hasReference) {
  process.stderr.write(`Tests against torchvision's outputs are skipped: ${SHARED} is missing.\n`);
}

/** A file of the reference data. */
export function referenceFile(...parts: string[]): string {
  return path.join(SHARED, ...parts);
}

/** The two detectors are of one architecture, and share a checkpoint. */
const SHARED_CHECKPOINTS: Readonly<Record<string, string>> = {
  fasterrcnn_mobilenet_v3_large_fpn: "fasterrcnn_mobilenet_v3_large_320_fpn.pth",
};

/** Name of the reference checkpoint of a model. */
export function checkpointOf(model: string): string {
  return SHARED_CHECKPOINTS[model] ?? `${model}.pth`;
}

/** A JSON file of the reference data. */
export async function readReference<T>(...parts: string[]): Promise<T> {
  return JSON.parse(await readFile(referenceFile(...parts), "utf8")) as T;
}

/** The photo of a golden file, as its JPEG, and as PNG with Pillow's pixels. */
export function photoFiles(photo: string): { original: string; pillow: string } {
  return {
    original: referenceFile("photos", photo),
    pillow: photo.endsWith(".png")
      ? referenceFile("photos", photo)
      : referenceFile("photos_pillow", photo.replace(/\.jpg$/, ".png")),
  };
}

/** A Worker with reference checkpoints installed, in folders of its own. */
export interface ReferenceWorker {
  readonly worker: RunningWorker;
  readonly folders: ModelFolders;
  /** Posts a file to a route; the parsed answer. @throws {Error} with the problem on any status but 200. */
  post<Answer>(route: string, file: string): Promise<Answer>;
  /** The same, for answers that are files. */
  postForBytes(route: string, file: string): Promise<Uint8Array>;
  stop(): Promise<void>;
}

/** Models in folders of their own. */
export interface InstalledReference {
  readonly folders: ModelFolders;
  remove(): Promise<void>;
}

/**
 * Installs reference checkpoints (by card name, from the file of that name) beside the models that need no download, and the user's own cards (whose
 * files are relative to the checkpoints' folder): the same steps as `npm run models -- install <name> --checkpoint <file> --unverified --no-int8`, in a
 * temporary folder.
 */
export async function installReference(
  models: Readonly<Record<string, string>>,
  own: readonly Card[] = [],
): Promise<InstalledReference> {
  const home = await mkdtemp(path.join(tmpdir(), "edge-vision-reference-"));
  const inHome = (name: string) => path.join(home, name);
  const folders = {
    ...modelFolders(),
    build: inHome("build"),
    cache: inHome("cache"),
    state: inHome("state"),
  };
  const catalogue = await readCatalogue(folders);
  for (const [name, file] of Object.entries(models)) {
    const checkpoint = referenceFile("checkpoints", file);
    await installModel(findCard(catalogue, name), folders, { checkpoint, unverified: true, int8: false });
  }
  for (const card of own) {
    await installModel({ card, file: referenceFile("checkpoints", "card.json"), own: true }, folders, {
      int8: false,
    });
  }
  await prepareModels(folders);
  await writeManifest(folders, await readCatalogue(folders));
  return { folders, remove: () => rm(home, { recursive: true, force: true }) };
}

/** {@link installReference}, and the Worker that serves them, as by `npm start`. */
export async function startReferenceWorker(
  models: Readonly<Record<string, string>>,
  own: readonly Card[] = [],
): Promise<ReferenceWorker> {
  const { folders, remove } = await installReference(models, own);
  const worker = await startWorker(await bundleWorker("src/index.ts", folders), { folders });
  const postForBytes = async (route: string, file: string): Promise<Uint8Array> => {
    const response = await fetch(new URL(route, worker.origin), {
      method: "POST",
      body: new Uint8Array(await readFile(file)),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 200) {
      throw new Error(`${route} ${path.basename(file)}: ${new TextDecoder().decode(bytes)}`);
    }
    return bytes;
  };
  return {
    worker,
    folders,
    postForBytes,
    post: async <Answer>(route: string, file: string) =>
      JSON.parse(new TextDecoder().decode(await postForBytes(route, file))) as Answer,
    async stop() {
      await worker.stop();
      await remove();
    },
  };
}
