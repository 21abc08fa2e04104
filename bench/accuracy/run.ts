/**
 * The accuracy of installed models on labelled pictures, in fp32 and int8, on both engines.
 *
 * @module
 */
import type { Session } from "../../src/runtime/engines/engine.ts";
import type { VariantName } from "../../src/runtime/manifest.ts";
import { openInKernels } from "../../tools/evaluate/kernels.ts";
import { hasShared } from "../../tools/evaluate/labelled.ts";
import { MEASURES } from "../../tools/evaluate/measure.ts";
import { modelFolders } from "../../tools/models/paths.ts";
import { type GraphFiles, readRecord, readVariant } from "../../tools/models/store.ts";
import { openInOnnxRuntime } from "../../tools/quantize/onnxruntime.ts";
import { UserError } from "../../tools/user-error.ts";
import { type Row, writeReport } from "../harness/report.ts";

const ENGINES: Readonly<Record<string, (graph: GraphFiles) => Promise<Session>>> = {
  kernels: openInKernels,
  onnxruntime: (graph) => openInOnnxRuntime(graph),
};
const VARIANTS: readonly VariantName[] = ["fp32", "int8"];
/** Decimals of a figure. */
const PRECISION = 4;

/** Measures, writes `bench/results/accuracy`, and returns the rows. @throws {UserError} where there are no labelled pictures */
export async function benchAccuracy(): Promise<Row[]> {
  if (!hasShared) throw new UserError("The labelled pictures are in ../shared, which is not there.");
  const rows: Row[] = [];
  for (const name of Object.keys(MEASURES)) {
    for (const variant of VARIANTS) {
      for (const engine of Object.keys(ENGINES)) rows.push(...(await measure(name, variant, engine)));
    }
  }
  await writeReport({
    name: "accuracy",
    title: "Accuracy",
    command: "npm run bench -- accuracy",
    notes: [
      "From the picture's file to the answer, by the product's own code. Int8 was calibrated on other pictures (models/calibration), and what stays in fp32 was found on them (docs/models.md).",
      "`top1`: Tiny ImageNet's 2,000 validation pictures of `../shared`. `ap`, `ap50`: COCO's definition, 26 photos. `person_iou`: the mean over 9 photos of which at least 5 % is person.",
      "CenterNet's int8 AP is one draw: what a tie becomes is decided by a unit in the last place of a scale, and changes most maps behind it. Nine ways to round that are as exact, onnxruntime's two among them, gave 0.420 to 0.449 on these 26 photos, 0.433 in the mean (98.2 % of fp32's); onnxruntime's order of multiplications in our engine 0.431, QNNPACK's, which it keeps for torch's sake, 0.443.",
    ],
    rows,
  });
  return rows;
}

async function measure(name: string, variant: VariantName, engine: string): Promise<Row[]> {
  const folders = modelFolders();
  const record = await readRecord(folders, name);
  const graphs = record && (await readVariant(folders, record, variant));
  if (!record || !graphs) return [];
  const sessions: Record<string, Session> = {};
  for (const [role, graph] of Object.entries(graphs)) sessions[role] = await ENGINES[engine](graph);
  const figures = await MEASURES[name]({ card: record.model.card, sessions });
  for (const session of Object.values(sessions)) await session.close();
  return Object.entries(figures).map(([metric, value]) => ({
    model: name,
    variant,
    engine,
    metric,
    value: Number(value.toFixed(PRECISION)),
  }));
}
