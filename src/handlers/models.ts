/**
 * `GET /v1/models` and `GET /v1/models/{name}`: what can be asked for.
 *
 * @module
 */
import type { Manifest, ManifestModel, StoredVariant } from "../runtime/manifest.ts";
import { defaultModel, findModel } from "../runtime/registry/select.ts";
import type { AppContext } from "./context.ts";

/** Answers with all models, installed ones first. */
export function getModels(c: AppContext): Response {
  const { manifest } = c.get("services").vision;
  const installed = Object.values(manifest.models).map((model) => summary(manifest, model));
  const known = Object.entries(manifest.known).map(([name, { task, install }]) => ({
    name,
    task,
    installed: false,
    install,
  }));
  return c.json({ models: [...installed.sort(byName), ...known.sort(byName)] });
}

/** Answers with one model, its labels included. */
export function getModel(c: AppContext): Response {
  const { manifest } = c.get("services").vision;
  const model = findModel(manifest, c.req.param("name") ?? "");
  const { preprocess, output, labels } = model.card;
  return c.json({ ...summary(manifest, model), preprocess, output, labels });
}

function summary(manifest: Manifest, model: ManifestModel) {
  const { name, task, description, licence, attribution, accuracy, labels } = model.card;
  return {
    name,
    task,
    installed: true,
    default: defaultModel(manifest, task) === name,
    description,
    licence,
    attribution,
    weights: model.weights,
    verification: model.verification,
    classes: labels.length,
    accuracy,
    default_variant: model.default_variant,
    variants: Object.fromEntries(
      Object.entries(model.variants).map(([variant, { sha256, graphs, quantization }]) => [
        variant,
        { sha256, bytes: bytesOf(graphs), quantization },
      ]),
    ),
  };
}

function bytesOf(graphs: StoredVariant["graphs"]): number {
  return Object.values(graphs).reduce((sum, { graph, weights }) => sum + graph.bytes + weights.bytes, 0);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
