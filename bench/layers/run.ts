/**
 * `npm run bench -- layers <model>`: where a model's time goes, call by call, and how far from the processor's roofs.
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
import { bundleWorker, startWorker } from "../harness/worker.ts";
import type { LayersAnswer, LayersRequest, LayerTime } from "./protocol.ts";

/** What to measure. */
export interface LayersOptions {
  readonly variant?: VariantName | undefined;
  readonly size?: Size | undefined;
  /** Regions that a box head is fed. */
  readonly regions: number;
  readonly milliseconds: number;
}

/** A layer with its rates, and its share of the roof that holds it: the slower of multiplying and of moving. */
export interface LayerRow extends LayerTime {
  readonly share: number;
  readonly gmacs: number;
  readonly gbs: number;
  readonly roof: "multiply-add" | "memory";
}

/** The rate measured with the working set nearest in size. */
function rateFor(bytes: number, roofs: LayersAnswer["copyRoofs"]): number {
  const distance = (set: number) => Math.abs(Math.log(set / bytes));
  return [...roofs].sort(([a], [b]) => distance(a) - distance(b))[0]?.[1] ?? Number.NaN;
}

/** Holds a layer of a graph with so many bytes of weights against its roof. */
export function rateLayer(
  layer: LayerTime,
  { macRoof, copyRoofs, readRoofs }: LayersAnswer,
  weightBytes: number,
): LayerRow {
  const { macs, bytes, milliseconds, calls } = layer;
  // Matrix-vector products read weights and write next to nothing.
  const reads = layer.operation === "gemm" || layer.operation === "squeeze";
  const multiplying = macs / macRoof;
  // Weights come from where a whole run's weights fit; maps from where the layer's own do.
  const moving = bytes / (reads ? rateFor(weightBytes, readRoofs) : rateFor(bytes / calls, copyRoofs));
  return {
    ...layer,
    share: Math.max(multiplying, moving) / milliseconds,
    gmacs: macs / milliseconds / 1e6,
    gbs: bytes / milliseconds / 1e6,
    roof: multiplying >= moving ? "multiply-add" : "memory",
  };
}

/** Measures the layers of each graph of an installed model. */
export async function benchLayers(
  name: string,
  options: LayersOptions,
): Promise<Map<string, { answer: LayersAnswer; rows: LayerRow[] }>> {
  const folders = modelFolders();
  const { graphs, card, stored } = await readGraphs(folders, name, options.variant);
  const size = options.size ?? usualSize(card.preprocess);
  const state = await mkdtemp(path.join(tmpdir(), "edge-vision-bench-"));
  const worker = await startWorker(await bundleWorker("bench/layers/worker.ts"), { folders, state });
  const results = new Map<string, { answer: LayersAnswer; rows: LayerRow[] }>();
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
        // Detectors of torchvision's resize floats.
        pixels: card.preprocess.kind !== "generalized_rcnn",
        milliseconds: options.milliseconds,
      };
      const answer = await worker.call<LayersAnswer>("layers", request);
      results.set(role, {
        answer,
        rows: answer.layers.map((layer) => rateLayer(layer, answer, graph.weights.bytes)),
      });
    }
  } finally {
    await worker.stop();
    await rm(state, { recursive: true, force: true });
  }
  return results;
}

/** The result as text: the slowest layers first. */
export function layersText({ answer, rows }: { answer: LayersAnswer; rows: readonly LayerRow[] }): string {
  const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const gb = (rate: number) => (rate / 1e6).toFixed(0);
  const roofs = (list: LayersAnswer["copyRoofs"]) =>
    list.map(([bytes, rate]) => `${gb(rate)} GB/s (${bytes >> 10} KiB)`).join(", ");
  const lines = rows
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
    .map(({ milliseconds, share, gmacs, gbs, roof, name, operation, dims, calls }) =>
      [
        `${milliseconds.toFixed(3).padStart(8)} ms`,
        `${((100 * milliseconds) / total).toFixed(1).padStart(5)} %`,
        `${gmacs.toFixed(1).padStart(5)} GMAC/s`,
        `${gbs.toFixed(1).padStart(5)} GB/s`,
        `${(100 * share).toFixed(0).padStart(4)} % of ${roof === "memory" ? "memory" : "macs  "}`,
        `${calls}`.padStart(4),
        `${operation} ${dims.join("×")} ${name}`,
      ].join("  "),
    );
  return [
    `${answer.run.toFixed(2)} ms a run (${total.toFixed(2)} ms in calls), mean of the quickest of ${answer.runs} runs`,
    `roofs: ${(answer.macRoof / 1e6).toFixed(1)} GMAC/s; copy ${roofs(answer.copyRoofs)}; read ${roofs(answer.readRoofs)}`,
    ...lines,
  ].join("\n");
}
