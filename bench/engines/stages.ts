/**
 * Detectors of two graphs, every engine and variant given the same work: after each graph come the outputs that the fp32 network has.
 *
 * On weights that nobody trained, the smallest difference decides how many regions are proposed, a hundred or a thousand, and with it what is timed.
 *
 * @module
 */
import type { Inputs, Outputs, Session, Tensor } from "../../src/runtime/engines/engine.ts";
import { isRegionTensor } from "../../src/runtime/engines/kernels/inputs.ts";

type Sessions = Readonly<Record<string, Session>>;

/** What each graph gave, by role, of one whole picture. */
export type Stages = Readonly<Record<string, Outputs>>;

/** How many rows a run of a box head is asked for. */
function rowsOf(inputs: Inputs): number {
  const [value] = Object.values(inputs);
  if (value && isRegionTensor(value)) return value.regions.length / 4;
  return value && "dims" in value ? (value.dims[0] ?? 1) : 1;
}

/** Both as one, which is no part of either: outputs are gone once they have been read. */
function concatenate(a: Tensor | undefined, b: Tensor): Tensor {
  const before = a?.data ?? new Float32Array();
  const data = new Float32Array(before.length + b.data.length);
  data.set(before);
  data.set(b.data, before.length);
  return { dims: b.dims.with(0, (a?.dims[0] ?? 0) + (b.dims[0] ?? 0)), data };
}

/** The sessions, and what they give from now on. */
export function recordStages(sessions: Sessions): { sessions: Sessions; stages: Stages } {
  const stages: Record<string, Outputs> = {};
  const recorded = Object.entries(sessions).map(([role, session]) => {
    const run = async (inputs: Inputs): Promise<Outputs> => {
      const outputs = await session.run(inputs);
      const before = stages[role];
      stages[role] = Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [name, concatenate(before?.[name], tensor)]),
      );
      return outputs;
    };
    return [role, { ...session, run }] as const;
  });
  return { sessions: Object.fromEntries(recorded), stages };
}

/** Outputs with the numbers of rows `first` and the following of recorded ones. */
function overwrite(outputs: Outputs, recorded: Outputs, first: number): Outputs {
  for (const [name, { dims, data }] of Object.entries(recorded)) {
    const own = outputs[name]?.data;
    const start = (first * data.length) / (dims[0] ?? 1);
    own?.set(data.subarray(start, start + own.length));
  }
  return outputs;
}

/** The sessions, which run as ever and then give the numbers that were recorded. A box head is run block by block. */
export function replayStages(sessions: Sessions, stages: Stages): Sessions {
  const { rpn, box_head: head } = sessions;
  const recorded = stages.box_head;
  if (!rpn || !head || !stages.rpn || !recorded) throw new Error("stages are of an rpn and a box_head");
  const proposals = stages.rpn;
  const total = Object.values(recorded)[0]?.dims[0] ?? 0;
  let done = 0;
  return {
    rpn: {
      ...rpn,
      async run(inputs) {
        const outputs = await rpn.run(inputs);
        done = 0;
        return overwrite(outputs, proposals, 0);
      },
    },
    box_head: {
      ...head,
      async run(inputs) {
        const outputs = await head.run(inputs);
        const first = done;
        done += rowsOf(inputs);
        if (done > total) throw new Error(`${done} regions, ${total} were recorded`);
        return overwrite(outputs, recorded, first);
      },
    },
  };
}
