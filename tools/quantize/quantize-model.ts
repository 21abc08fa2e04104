/**
 * Quantizes a model after its training: from its fp32 graphs and some pictures to int8 graphs that answer as it does.
 *
 * Equalize, observe, choose ranges, correct biases, write; compare the answers. Where they differ too much, a search finds out which values and
 * layers are to blame, and leaves the worst in fp32, or gives their weights more bits, until they agree.
 *
 * @module
 */
import type { Task } from "../../src/runtime/card.ts";
import type { Session } from "../../src/runtime/engines/engine.ts";
import type { GraphFiles } from "../models/store.ts";
import { compareAnswers, type Tally } from "./agreement.ts";
import { type Answer, answer, type ResolvedCard } from "./answer.ts";
import { equalizable, equalize } from "./equalize.ts";
import { estimateImportance } from "./importance.ts";
import { readNetwork } from "./network.ts";
import { type Observations, openObserved } from "./observe.ts";
import { openInOnnxRuntime } from "./onnxruntime.ts";
import { type Choice, type ObservedGraph, planOf, quantizeGraph } from "./quantize-graph.ts";
import { activateBeforeConcat } from "./reorder.ts";
import { findRoundingPoints } from "./rounding-points.ts";
import { findRemedies, type Remedy } from "./sensitivity.ts";

/** A quantized model. */
export interface QuantizedModel extends Choice {
  /** By role. */
  readonly graphs: Readonly<Record<string, GraphFiles>>;
  readonly agreement: Tally;
}

/** How to go about it; the choice is the card's. */
export interface QuantizeSettings extends Partial<Choice> {
  /** Look for such values and layers until this share of the answers agrees. */
  readonly wanted?: number | undefined;
  onProgress?(step: string, done: number, total: number): void;
}

/** One graph on its way. */
interface Part extends ObservedGraph {
  readonly role: string;
}

/** One in so many pictures is enough for equalization, which needs extremes only. */
const EQUALIZING_SHARE = 4;
/** One in so many pictures tell what is sensitive. It shows in all of a network's outputs, in few boxes a picture. */
const WEIGHING_SHARE: Readonly<Record<Task, number>> = { classification: 8, detection: 3, segmentation: 8 };
/**
 * Numbers of remedies that are tried, in turn. With more, little is left of int8: mobilenet_v3_large_075_tiny_imagenet takes 0.80 of fp32's time with none,
 * 0.81 with 12, 0.93 with 18, 1.01 with 24.
 */
const TRIES = [2, 4, 6, 9, 13];

/** Quantizes a model. The same graphs and pictures give the same bytes. */
export async function quantizeModel(
  card: ResolvedCard,
  graphs: Readonly<Record<string, GraphFiles>>,
  pictures: readonly Uint8Array[],
  { exact = [], wide = [], wanted, onProgress = () => {} }: QuantizeSettings,
): Promise<QuantizedModel> {
  const ask = async (
    sessions: Record<string, Session>,
    step: string,
    files = pictures,
  ): Promise<Answer[]> => {
    const answers: Answer[] = [];
    for (const [done, file] of files.entries()) {
      answers.push(await answer({ card, sessions }, file));
      onProgress(step, done + 1, files.length);
    }
    for (const session of Object.values(sessions)) await session.close();
    return answers;
  };
  const openAll = (open: (role: string) => Promise<Session>) => openSessions(Object.keys(graphs), open);

  const networks = Object.fromEntries(
    Object.entries(graphs).map(([role, files]) => [role, activateBeforeConcat(readNetwork(files))]),
  );
  const reaches: Record<string, Observations> = {};
  const few = pictures.filter((_, i) => i % EQUALIZING_SHARE === 0);
  const extremes = await openAll((role) => {
    reaches[role] = new Map();
    return openObserved(networks[role], equalizable(networks[role]), reaches[role]);
  });
  await ask(extremes, "equalizing", few);
  for (const [role, network] of Object.entries(networks)) equalize(network, reaches[role]);

  const parts: Part[] = Object.entries(networks).map(([role, network]) => ({
    role,
    network,
    observations: new Map(),
  }));
  const observed = await openAll((role) => {
    const part = partOf(parts, role);
    const { rounded } = findRoundingPoints(part.network);
    return openObserved(part.network, rounded, part.observations, estimateImportance(part.network));
  });
  const reference = await ask(observed, "observing");

  const attempt = async (remedies: readonly Remedy[]): Promise<QuantizedModel> => {
    const names = (kind: Remedy["kind"], known: readonly string[]) => [
      ...new Set([...known, ...remedies.filter((one) => one.kind === kind).map(({ name }) => name)]),
    ];
    const choice = { exact: names("exact", exact), wide: names("wide", wide) };
    const quantized = Object.fromEntries(
      parts.map((part) => [part.role, quantizeGraph(part, choice, locationOf(graphs, part.role))]),
    );
    const sessions = await openAll((role) => openInOnnxRuntime(quantized[role]));
    const answers = await ask(sessions, "comparing");
    return { graphs: quantized, agreement: total(reference, answers), ...choice };
  };

  let best = await attempt([]);
  if (wanted === undefined || shareOf(best.agreement) >= wanted) return best;
  const remedies: Remedy[] = [];
  const sample = pictures.filter((_, i) => i % WEIGHING_SHARE[card.task] === 0);
  for (const part of parts) {
    const run = async (session: Session) => {
      const sessions = await openAll(async (role) =>
        role === part.role ? session : openInOnnxRuntime(graphs[role]),
      );
      const answers: Answer[] = [];
      for (const file of sample) answers.push(await answer({ card, sessions }, file));
      for (const [role, other] of Object.entries(sessions)) if (role !== part.role) await other.close();
      return answers;
    };
    const quantization = planOf(part, { exact, wide });
    remedies.push(
      ...(await findRemedies(part, quantization, run, (done, all) => onProgress("weighing", done, all))),
    );
  }
  remedies.sort((a, b) => b.gain - a.gain);
  for (const count of TRIES) {
    const tried = await attempt(remedies.slice(0, count));
    if (shareOf(tried.agreement) > shareOf(best.agreement)) best = tried;
    if (shareOf(best.agreement) >= wanted) break;
  }
  return best;
}

/** `x.fp32.onnx.data` → `x.int8.onnx.data` */
function locationOf(graphs: Readonly<Record<string, GraphFiles>>, role: string): string {
  const { weightsLocation } = graphs[role];
  return weightsLocation.includes(".fp32.")
    ? weightsLocation.replace(".fp32.", ".int8.")
    : `int8.${weightsLocation}`;
}

function partOf(parts: readonly Part[], role: string): Part {
  const part = parts.find((one) => one.role === role);
  if (!part) throw new TypeError(`the model has no graph ${role}`);
  return part;
}

async function openSessions(
  roles: readonly string[],
  open: (role: string) => Promise<Session>,
): Promise<Record<string, Session>> {
  const sessions: Record<string, Session> = {};
  for (const role of roles) sessions[role] = await open(role);
  return sessions;
}

function total(reference: readonly Answer[], answers: readonly Answer[]): Tally {
  const tallies = reference.map((one, i) => compareAnswers(one, answers[i]));
  return {
    agreeing: tallies.reduce((sum, { agreeing }) => sum + agreeing, 0),
    compared: tallies.reduce((sum, { compared }) => sum + compared, 0),
  };
}

/** 0 to 1; 0 where nothing was there to compare. */
export function shareOf({ agreeing, compared }: Tally): number {
  return compared === 0 ? 0 : agreeing / compared;
}
