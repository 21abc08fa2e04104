/**
 * How far our engine's int8 is from onnxruntime's run of the same files: layer by layer, and whole networks beside what onnxruntime is from itself.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import type { Session } from "../../src/runtime/engines/engine.ts";
import type { Tally } from "../../tools/evaluate/steps.ts";
import { modelFolders } from "../../tools/models/paths.ts";
import { readRecords, readVariant, type StoreRecord } from "../../tools/models/store.ts";
import { answer } from "../../tools/quantize/answer.ts";
import { listPhotos } from "../../tools/quantize/pictures.ts";
import { OWN_PHOTOS } from "../../tools/quantize/variant.ts";
import { type Row, type Section, writeReport } from "../harness/report.ts";
import { type Found, openCompared } from "./compare.ts";

/** What to compare. */
export interface StepsOptions {
  /** Installed models; all by default, and only then is the report written. */
  readonly models?: readonly string[] | undefined;
  /** Photos that whole networks are run on. Layers by themselves are compared on the first. */
  readonly photos: number;
}

/** A share in percent. */
const percent = (part: number, { compared }: Tally) => Number(((100 * part) / compared).toFixed(4));

/** Compares, and gives the two tables. Writes `bench/results/steps` where all models are compared. */
export async function benchSteps({ models, photos }: StepsOptions): Promise<readonly Section[]> {
  const files = (await listPhotos(OWN_PHOTOS)).slice(0, photos);
  const pictures = await Promise.all(files.map((file) => readFile(file)));
  const alone: Row[] = [];
  const whole: Row[] = [];
  for (const [name, record] of await readRecords(modelFolders())) {
    if (models && !models.includes(name)) continue;
    for (const [role, found] of await compareModel(record, pictures)) {
      const graph = role === "model" ? name : `${name} ${role}`;
      alone.push(...aloneRows(graph, found));
      whole.push(...wholeRows(graph, found));
    }
  }
  const sections = sectionsOf(alone, whole, photos);
  if (!models) {
    const [first, ...others] = sections;
    await writeReport({ ...first, name: "steps", command: "npm run bench -- steps", sections: others });
  }
  return sections;
}

/** What was found of each graph of a model; nothing where it has no int8. */
async function compareModel(
  record: StoreRecord,
  pictures: readonly Uint8Array[],
): Promise<ReadonlyMap<string, Found>> {
  const graphs = await readVariant(modelFolders(), record, "int8");
  const sessions: Record<string, Session> = {};
  const found = new Map<string, Found>();
  for (const [role, graph] of Object.entries(graphs ?? {})) {
    const compared = await openCompared(graph);
    sessions[role] = compared.session;
    found.set(role, compared.found);
  }
  if (found.size === 0) return found;
  for (const picture of pictures) await answer({ card: record.model.card, sessions }, picture);
  for (const session of Object.values(sessions)) await session.close();
  return found;
}

/** All bytes between the layers of a graph, and each of its outputs. */
function aloneRows(graph: string, { alone }: Found): Row[] {
  if (!alone) return [];
  return Object.entries({ "(bytes)": alone.bytes, ...alone.outputs }).map(([values, tally]) => ({
    graph,
    values,
    compared: tally.compared,
    differ: tally.compared - tally.equal,
    "within a step, %": percent(tally.within, tally),
  }));
}

function wholeRows(graph: string, { whole }: Found): Row[] {
  return [...whole].map(([output, { ours, unoptimized, nudged }]) => ({
    graph,
    output,
    "ours, %": percent(ours.within, ours),
    "onnxruntime unoptimized, %": percent(unoptimized.within, unoptimized),
    "onnxruntime, one level, %": percent(nudged.within, nudged),
  }));
}

function sectionsOf(alone: readonly Row[], whole: readonly Row[], photos: number): readonly Section[] {
  return [
    {
      title: "Int8 against onnxruntime, in steps",
      notes: [
        "Each layer by itself: our engine and onnxruntime-web are given the same bytes, those that onnxruntime's layers before it made of a photo (models/calibration). `(bytes)` is all that lies between layers, where a step is the value's scale. Outputs are floats, and a step is the 255th part of their range. `differ` counts what is not the same to a hundredth of a step.",
        "What differs lies on a tie. Most of it onnxruntime computes in floats, where a sum of hundreds of rounded products falls on one side or the other: convolutions with an h-swish or a shortcut before their result is rounded, bilinear resizing, and layers that stay in fp32. Where it multiplies integers, too, it rounds what a sum is multiplied by twice; our engine rounds it three times, as QNNPACK does and so torch.",
      ],
      rows: alone,
    },
    {
      title: "Whole networks",
      notes: [
        `Outputs within a step of onnxruntime-web's, over ${photos} photos. One byte that is rounded the other way changes others behind it, and after some blocks most maps differ by as much as 8 bits are coarse. How far a network goes apart by that, two columns tell in which no other engine takes part: onnxruntime with its graph optimizations off (it then computes in floats what it else computes in integers), and onnxruntime on a picture of which one pixel's red, green or blue is a level brighter.`,
        "onnxruntime 1.30.0 for x64 (PyPI), asked once on the same photos, is as far from onnxruntime-web 1.30.0 where it sums floats in another order: within a step are 85 % of Small's and of Large's logits, 98 % of CenterNet's keypoints and 43 % of its sizes, and 12 to 18 % of the 320 detector's first outputs.",
        "Only where not one byte is rounded otherwise do whole networks agree: the quantized Large, which has no h-swish and no shortcut before a rounding.",
      ],
      rows: whole,
    },
  ];
}
