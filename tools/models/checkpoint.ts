/**
 * Finds a model's checkpoint and checks it against its card before anything reads it.
 *
 * @module
 */
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import type { Card, Weights } from "../../src/runtime/card.ts";
import type { Verification } from "../../src/runtime/manifest.ts";
import { UserError } from "../user-error.ts";
import { sha256File } from "./digest.ts";
import { DownloadError, download } from "./download.ts";
import type { ModelFolders } from "./paths.ts";

/** torch's model host; `EDGE_VISION_MODEL_HOST` replaces it (a mirror, a test's server). */
const MODEL_HOST = "https://download.pytorch.org";

/** A checkpoint on disk and how far it was checked. */
export interface Checkpoint {
  readonly file: string;
  readonly sha256: string;
  readonly verification: Verification;
}

/** How `install` was asked to get the file. */
export interface CheckpointOptions {
  /** A file that the user names. */
  readonly checkpoint?: string | undefined;
  /** Accept a file whose digest is not the card's. */
  readonly unverified?: boolean | undefined;
}

/** The weights of a torchvision card that were asked for by name; the first where no name is given. */
export function chooseWeights(card: Card, name: string | undefined): Weights | undefined {
  if (card.source.kind !== "torchvision") return undefined;
  const { weights } = card.source;
  if (name === undefined) return weights[0];
  const found = weights.find((one) => one.name === name);
  if (!found) {
    const names = weights.map((one) => one.name).join(", ") || "none";
    throw new UserError(`${card.name} has no weights named "${name}". Its weights: ${names}.`);
  }
  return found;
}

/**
 * Finds the checkpoint: the file that the user names, the project's cache, torch's hub cache, the model host; in this order.
 *
 * @throws {UserError} when the digest is not the card's (both are named), or when there is no file and no network (what to put where).
 */
export async function findCheckpoint(
  card: Card,
  weights: Weights,
  folders: ModelFolders,
  options: CheckpointOptions,
): Promise<Checkpoint> {
  if (options.checkpoint !== undefined) {
    const file = path.resolve(options.checkpoint);
    if (!(await exists(file))) throw new UserError(`The checkpoint ${file} does not exist.`);
    return check(card, weights, file, options);
  }
  const cached = path.join(folders.cache, weights.file);
  for (const file of [cached, path.join(hubCheckpoints(), weights.file)]) {
    if (await exists(file)) return check(card, weights, file, options);
  }
  const host = process.env.EDGE_VISION_MODEL_HOST ?? MODEL_HOST;
  const url = new URL(path.posix.join("/models", weights.folder, weights.file), host).href;
  let checked: Checkpoint | undefined;
  try {
    await download(url, cached, async (file) => {
      checked = await check(card, weights, file, options);
    });
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw new UserError(
      `${error.message}. To install ${card.name} without the network, put the file ${weights.file} into ${folders.cache} ` +
        `or ${hubCheckpoints()}, or name it with --checkpoint <file>.`,
    );
  }
  return { ...(checked ?? (await check(card, weights, cached, options))), file: cached };
}

/** torch's own cache: `$TORCH_HOME/hub/checkpoints` (torch.hub.get_dir). */
export function hubCheckpoints(): string {
  const home =
    process.env.TORCH_HOME ??
    path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "torch");
  return path.join(home, "hub", "checkpoints");
}

/**
 * Compares a file's digest with what the card knows of it.
 *
 * @throws {UserError} naming both digests when they differ and `unverified` was not asked for.
 */
async function check(
  card: Card,
  weights: Weights,
  file: string,
  options: CheckpointOptions,
): Promise<Checkpoint> {
  const sha256 = await sha256File(file);
  if (weights.sha256 !== undefined && sha256 === weights.sha256) {
    return { file, sha256, verification: "verified" };
  }
  const prefix = weights.sha256_prefix;
  if (prefix !== undefined && sha256.startsWith(prefix)) {
    return { file, sha256, verification: "verified (8 digits)" };
  }
  if (options.unverified) return { file, sha256, verification: "unverified" };
  const expected = weights.sha256 ?? `${prefix}… (only the first 8 digits are known)`;
  // The first 8 digits are part of torch's file name and certain; the rest of a card's digest was read in public sources.
  const partly =
    weights.sha256 !== undefined && sha256.startsWith(weights.sha256.slice(0, 8))
      ? " Their first 8 digits agree, so the card's digest may be the one at fault."
      : "";
  throw new UserError(
    `${file} is not the file that the card of ${card.name} names: its SHA-256 is ${sha256}, the card's ${expected}.${partly} ` +
      "Pass --unverified to install it all the same; the model list will say so.",
  );
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
