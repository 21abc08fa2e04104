/**
 * Models of the tests, as `install` would store them.
 *
 * @module
 */
import type { Card } from "../../../src/runtime/card.ts";
import type { Manifest, ManifestModel, StoredFile } from "../../../src/runtime/manifest.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";

/** A model's files by key, and its entry in the manifest. */
export interface StoredModel {
  readonly name: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly entry: ManifestModel;
}

/** What makes a model of the tests beside its graph. */
export type ModelParts = Pick<Card, "name" | "task" | "preprocess" | "output"> & {
  readonly labels: string[];
  readonly verification?: ManifestModel["verification"];
};

/** Stores a model of one graph. */
export async function storeModel(
  { verification = "own", ...card }: ModelParts,
  built: BuiltModel,
): Promise<StoredModel> {
  const graph = await describe(built.weightsLocation.replace(/\.data$/, ""), built.graph);
  const weights = await describe(built.weightsLocation, built.weights);
  return {
    name: card.name,
    files: { [graph.key]: built.graph, [weights.key]: built.weights },
    entry: {
      card: {
        ...card,
        description: "A model of the tests",
        licence: "MIT",
        source: { kind: "onnx", file: "test.onnx" },
        accuracy: [],
      },
      verification,
      default_variant: "fp32",
      variants: {
        fp32: {
          sha256: graph.sha256,
          graphs: { model: { graph, weights, weights_location: built.weightsLocation } },
        },
      },
    },
  };
}

/** A manifest of these models. */
export function manifestOf(models: readonly StoredModel[], known: Manifest["known"] = {}): Manifest {
  return { version: 1, models: Object.fromEntries(models.map(({ name, entry }) => [name, entry])), known };
}

/** The part of an R2 bucket that seeding uses. */
export interface SeedBucket {
  put(key: string, value: Uint8Array): Promise<unknown>;
}

/** Puts models into a bucket. */
export async function seed(bucket: SeedBucket, models: readonly StoredModel[]): Promise<void> {
  for (const { files } of models) {
    for (const [key, bytes] of Object.entries(files)) await bucket.put(key, bytes);
  }
}

async function describe(name: string, bytes: Uint8Array): Promise<StoredFile> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));
  const sha256 = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { key: `${sha256}/${name}`, sha256, bytes: bytes.byteLength };
}
