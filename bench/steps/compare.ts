/**
 * A session that runs a graph in every way that is compared, and answers with what onnxruntime gives.
 *
 * @module
 */
import type { Inputs, Outputs, Session } from "../../src/runtime/engines/engine.ts";
import { openInKernels } from "../../tools/evaluate/kernels.ts";
import { compareLayersAlone, type LayersAlone } from "../../tools/evaluate/layers-alone.ts";
import { addTallies, compareSteps, NOTHING, stepOf, type Tally } from "../../tools/evaluate/steps.ts";
import type { GraphFiles } from "../../tools/models/store.ts";
import { openInOnnxRuntime } from "../../tools/quantize/onnxruntime.ts";

/** What is held against onnxruntime's run of the whole graph, of an output. */
export interface WholeRuns {
  /** Our engine. */
  readonly ours: Tally;
  /** onnxruntime with its graph optimizations off: it then computes in floats what it else computes in integers. */
  readonly unoptimized: Tally;
  /** onnxruntime, where one number of the input is a 255th of its range higher. */
  readonly nudged: Tally;
}

/** What was found so far. */
export interface Found {
  /** Of the first input. */
  alone: LayersAlone | undefined;
  /** By output, over all inputs. */
  readonly whole: Map<string, WholeRuns>;
}

const NONE: WholeRuns = { ours: NOTHING, unoptimized: NOTHING, nudged: NOTHING };

/** Opens a graph to be compared. @throws {EngineError} */
export async function openCompared(graph: GraphFiles): Promise<{ session: Session; found: Found }> {
  const reference = await openInOnnxRuntime(graph);
  const unoptimized = await openInOnnxRuntime(graph, "disabled");
  const ours = await openInKernels(graph);
  const found: Found = { alone: undefined, whole: new Map() };
  const session: Session = {
    ...reference,
    async run(inputs) {
      const expected = await reference.run(inputs);
      const others = {
        ours: await ours.run(inputs),
        unoptimized: await unoptimized.run(inputs),
        nudged: await reference.run(nudge(inputs)),
      };
      for (const [name, { data }] of Object.entries(expected)) {
        const step = stepOf(data);
        const tally = (other: Outputs, before: Tally) =>
          addTallies(before, compareSteps(other[name].data, data, step));
        const before = found.whole.get(name) ?? NONE;
        found.whole.set(name, {
          ours: tally(others.ours, before.ours),
          unoptimized: tally(others.unoptimized, before.unoptimized),
          nudged: tally(others.nudged, before.nudged),
        });
      }
      found.alone ??= await compareLayersAlone(graph, inputs);
      return expected;
    },
    async close() {
      for (const one of [reference, unoptimized, ours]) await one.close();
    },
  };
  return { session, found };
}

/** Inputs of which the number in the middle is one 8-bit step higher: a pixel's red, green or blue one level brighter. */
function nudge(inputs: Inputs): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      if (!("data" in value)) throw new TypeError(`${name}: floats are compared`);
      const middle = value.data.length >> 1;
      return [name, { ...value, data: value.data.with(middle, value.data[middle] + stepOf(value.data)) }];
    }),
  );
}
