/**
 * Which model, variant and engines a request means. Pure: the manifest in, names out.
 *
 * @module
 */
import type { Task } from "../card.ts";
import type { EngineName } from "../engines/engine.ts";
import type { Manifest, ManifestModel, StoredVariant, VariantName } from "../manifest.ts";
import { ModelError } from "./errors.ts";

/** What a request may ask for; all of it optional but the task. */
export interface ModelRequest {
  readonly task: Task;
  readonly model?: string | undefined;
  readonly variant?: string | undefined;
  readonly engine?: EngineName | undefined;
}

/** What it gets. */
export interface Selection {
  readonly name: string;
  readonly model: ManifestModel;
  readonly variant: VariantName;
  readonly stored: StoredVariant;
}

/**
 * Who answers a request that names no model, best first. The published weights come before those that need no download; a model that is not in
 * the list is only used when it is named.
 */
export const DEFAULT_MODELS: Readonly<Record<Task, readonly string[]>> = {
  classification: ["mobilenet_v3_large", "mobilenet_v3_small", "mobilenet_v3_large_075_tiny_imagenet"],
  detection: [
    "fasterrcnn_mobilenet_v3_large_320_fpn",
    "fasterrcnn_mobilenet_v3_large_fpn",
    "centernet_mobilenet_v3",
  ],
  segmentation: ["lraspp_mobilenet_v3_large", "deeplabv3_mobilenet_v3_large", "selfie_segmentation"],
};

/** The model that answers for a task when none is named: the first of {@link DEFAULT_MODELS} that is verified or embedded. */
export function defaultModel(manifest: Manifest, task: Task): string | undefined {
  return DEFAULT_MODELS[task].find((name) => {
    const model = own(manifest.models, name);
    return model !== undefined && model.verification !== "unverified" && model.card.task === task;
  });
}

/** Names of all models for a task, installed or not. */
export function modelNames(manifest: Manifest, task: Task): string[] {
  const installed = Object.entries(manifest.models).filter(([, model]) => model.card.task === task);
  const known = Object.entries(manifest.known).filter(([, model]) => model.task === task);
  return [...new Set([...installed, ...known].map(([name]) => name))].sort();
}

/** @throws {ModelError} `unknown_model`, `not_installed`, `wrong_task` or `unknown_variant`. */
export function selectModel(manifest: Manifest, request: ModelRequest): Selection {
  const name = request.model ?? defaultModel(manifest, request.task);
  if (name === undefined) {
    throw new ModelError(
      "not_installed",
      `No model for ${request.task} is installed. "npm run models -- list" shows what there is, "npm run models -- install <name>" installs it.`,
      modelNames(manifest, request.task),
    );
  }
  const model = findModel(manifest, name);
  if (model.card.task !== request.task) {
    throw new ModelError(
      "wrong_task",
      `'${name}' is a model for ${model.card.task}, not for ${request.task}.`,
      modelNames(manifest, request.task),
    );
  }
  const variants = Object.keys(model.variants);
  const variant = variants.find((one) => one === (request.variant ?? model.default_variant));
  const stored = variant === undefined ? undefined : model.variants[variant as VariantName];
  if (stored === undefined) {
    throw new ModelError(
      "unknown_variant",
      `'${name}' has no variant '${request.variant ?? model.default_variant}'; it has ${variants.join(", ")}.`,
      variants,
    );
  }
  return { name, model, variant: variant as VariantName, stored };
}

/** An installed model by name. @throws {ModelError} `unknown_model` or `not_installed`. */
export function findModel(manifest: Manifest, name: string): ManifestModel {
  const model = own(manifest.models, name);
  if (model !== undefined) return model;
  const known = own(manifest.known, name);
  if (known !== undefined) {
    throw new ModelError(
      "not_installed",
      `'${name}' is known, but not installed here. Install it with: ${known.install}`,
      Object.keys(manifest.models).sort(),
    );
  }
  const names = [...new Set([...Object.keys(manifest.models), ...Object.keys(manifest.known)])].sort();
  throw new ModelError("unknown_model", `There is no model '${name}'; there are ${names.join(", ")}.`, names);
}

/** Names come from requests: `constructor` is not a model. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
