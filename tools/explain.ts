/**
 * `npm run models -- explain <name>`: how our engine runs a model.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { Card } from "../src/runtime/card.ts";
import { EngineError } from "../src/runtime/engines/engine.ts";
import { compile, type Program, planFor } from "../src/runtime/engines/kernels/compile.ts";
import { explain } from "../src/runtime/engines/kernels/explain.ts";
import type { StoredVariant, VariantName } from "../src/runtime/manifest.ts";
import { findInstalled } from "./models/installed.ts";
import { type ModelFolders, modelFolders } from "./models/paths.ts";
import { UserError } from "./user-error.ts";

/** Height and width of a network's input. */
export type Size = readonly [height: number, width: number];

/** The size of a network's input that a usual photo (4:3, landscape) leads to; the largest for a detector. */
export function usualSize(preprocess: Card["preprocess"]): Size {
  switch (preprocess.kind) {
    case "resize_crop":
      return [preprocess.crop, preprocess.crop];
    case "letterbox":
      return [preprocess.size, preprocess.size];
    case "stretch":
      return [preprocess.height, preprocess.width];
    case "resize":
      return [preprocess.resize, Math.round((preprocess.resize * 4) / 3)];
    case "generalized_rcnn": {
      const pad = (side: number) => Math.ceil(side / preprocess.size_divisible) * preprocess.size_divisible;
      return [pad(preprocess.min_size), pad(preprocess.max_size)];
    }
  }
}

/** Dims of a graph's inputs where height and width are free. */
export function sizesFor({ graph }: Program, [height, width]: Size): Map<string, readonly number[]> {
  return new Map(
    graph.inputs.map(({ name, dims }) => {
      const free = [1, 3, height, width];
      return [name, dims.map((dim, axis) => dim ?? free[axis] ?? 1)] as const;
    }),
  );
}

/** Reads the graphs of an installed model by role. @throws {UserError} when it is not installed or has no such variant. */
export async function readGraphs(
  folders: ModelFolders,
  name: string,
  variant?: VariantName,
): Promise<{ graphs: Map<string, Uint8Array>; card: Card; stored: StoredVariant; variant: VariantName }> {
  const { model } = await findInstalled(folders, name);
  const chosen = variant ?? model.default_variant;
  const stored = model.variants[chosen];
  if (!stored) {
    throw new UserError(`${name} has no variant ${chosen}; it has ${Object.keys(model.variants).join(", ")}`);
  }
  const graphs = new Map<string, Uint8Array>();
  for (const [role, { graph }] of Object.entries(stored.graphs)) {
    graphs.set(role, await readFile(path.join(folders.build, name, path.basename(graph.key))));
  }
  return { graphs, card: { ...model.card, labels: model.card.labels }, stored, variant: chosen };
}

/** Reads `520x693`. */
export function parseSize(text: string): Size {
  const match = /^(\d+)x(\d+)$/.exec(text);
  if (!match) throw new InvalidArgumentError("height by width, as in 520x693");
  return [Number(match[1]), Number(match[2])];
}

/** `explain`: the plan of each of a model's graphs. */
export function explainCommand(): Command {
  return new Command("explain")
    .description(
      "Shows how our own engine runs an installed model: its plan, multiply-adds, bytes and memory.",
    )
    .argument("<name>", "an installed model")
    .option("--variant <name>", "fp32 or int8; the model's default where left out")
    .option(
      "--size <height>x<width>",
      "of the network's input; what a 4:3 photo leads to by default",
      parseSize,
    )
    .action(async (name: string, options: { variant?: VariantName; size?: Size }) => {
      const { graphs, card } = await readGraphs(modelFolders(), name, options.variant);
      const size = options.size ?? usualSize(card.preprocess);
      for (const [role, graph] of graphs) {
        process.stdout.write(`${name}, ${role}, ${size.join("×")}\n\n${explainGraph(graph, size)}\n\n`);
      }
    });
}

/** The plan as text, or why there is none. */
function explainGraph(graph: Uint8Array, size: Size): string {
  try {
    const program = compile(graph);
    return explain(program, planFor(program, sizesFor(program, size)));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return `Not supported by our engine (onnxruntime-web runs it): ${error.message}`;
  }
}
