/**
 * `npm run bench -- layers [model…]`: where a model's time goes, call by call, and how far from the processor's roofs.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { compile } from "../../src/runtime/engines/kernels/compile.ts";
import type { VariantName } from "../../src/runtime/manifest.ts";
import { readGraphs, type Size, sizesFor, usualSize } from "../../tools/explain.ts";
import { modelFolders } from "../../tools/models/paths.ts";
import { readRecord } from "../../tools/models/store.ts";
import { UserError } from "../../tools/user-error.ts";
import { bundleWorker, startWorker } from "../harness/worker.ts";
import type { LayersAnswer, LayersRequest } from "./protocol.ts";
import { type LayerRow, rateLayer } from "./rate.ts";

/** What to measure. */
export interface LayersOptions {
  /** Left out: all that a model has. */
  readonly variant?: VariantName | undefined;
  readonly size?: Size | undefined;
  /** Regions that a box head is fed. */
  readonly regions: number;
  readonly milliseconds: number;
}

/** A graph's layers, timed. */
export interface GraphLayers {
  readonly model: string;
  readonly variant: VariantName;
  readonly role: string;
  readonly size: Size;
  readonly answer: LayersAnswer;
  readonly rows: readonly LayerRow[];
}

/** Measures the layers of each graph of installed models, one after the other. @param found is told of each graph */
export async function benchLayers(
  models: readonly string[],
  options: LayersOptions,
  found: (graph: GraphLayers) => void,
): Promise<void> {
  const state = await mkdtemp(path.join(tmpdir(), "edge-vision-bench-"));
  try {
    for (const model of models) {
      for (const variant of await variantsOf(model, options)) {
        await benchModel(model, { ...options, variant }, state, found);
      }
    }
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

async function variantsOf(model: string, { variant }: LayersOptions): Promise<readonly VariantName[]> {
  if (variant) return [variant];
  const record = await readRecord(modelFolders(), model);
  if (!record) throw new UserError(`${model} is not installed. Run: npm run models -- install ${model}`);
  return Object.keys(record.model.variants) as VariantName[];
}

/** @param state where the local R2 keeps its objects */
async function benchModel(
  model: string,
  options: LayersOptions,
  state: string,
  found: (graph: GraphLayers) => void,
): Promise<void> {
  const folders = modelFolders();
  const { graphs, card, stored, variant } = await readGraphs(folders, model, options.variant);
  const size = options.size ?? usualSize(card.preprocess);
  const worker = await startWorker(await bundleWorker("bench/layers/worker.ts"), { folders, state });
  try {
    for (const [role, bytes] of graphs) {
      const graph = stored.graphs[role];
      if (!graph) continue;
      const sizes = [...sizesFor(compile(bytes), size)].map(([input, dims]) => {
        return [input, role === "box_head" ? dims.with(0, options.regions) : dims] as const;
      });
      const request: LayersRequest = {
        graph,
        sizes,
        // The pictures of torchvision's detectors come in rows of floats.
        pixels: card.preprocess.kind !== "generalized_rcnn",
        milliseconds: options.milliseconds,
      };
      const answer = await worker.call<LayersAnswer>("layers", request);
      const rows = answer.layers.map((layer) => rateLayer(layer, answer.roofs));
      found({ model, variant, role, size, answer, rows });
    }
  } finally {
    await worker.stop();
  }
}
