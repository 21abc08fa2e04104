/**
 * Where the tools find and put files, from the repository's root.
 *
 * @module
 */
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Where models are read and written. Tests pass a folder of their own. */
export interface ModelFolders {
  /** Cards that the repository carries. */
  readonly cards: string;
  readonly labels: string;
  /** Converted models that the repository carries. */
  readonly embedded: string;
  /** Converted models, a folder each, and the manifest. */
  readonly build: string;
  /** Downloaded checkpoints. */
  readonly cache: string;
  /** What `wrangler dev` persists: its R2 above all. */
  readonly state: string;
  /** npm packages, for the models that come in one. */
  readonly packages: string;
}

/** The folders of this checkout. `EDGE_VISION_BUILD` moves what is converted and downloaded, `EDGE_VISION_STATE` the local R2 (tests do). */
export function modelFolders(): ModelFolders {
  const models = path.join(ROOT, "models");
  const written = process.env.EDGE_VISION_BUILD;
  return {
    cards: path.join(models, "cards"),
    labels: path.join(models, "labels"),
    embedded: path.join(models, "embedded"),
    build: written ? path.resolve(written, "build") : path.join(models, "build"),
    cache: written ? path.resolve(written, "cache") : path.join(models, "cache"),
    state: path.resolve(process.env.EDGE_VISION_STATE ?? path.join(ROOT, ".wrangler/state")),
    packages: path.join(ROOT, "node_modules"),
  };
}
