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

function concatenate(a: Tensor | undefined, b: Tensor): Tensor {
  if (!a) return b;
  const data = new Float32Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return { dims: b.dims.with(0, (a.dims[0] ?? 0) + (b.dims[0] ?? 0)), data };
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

/** Rows `first` to `last` of the outputs. */
function rowsFrom(outputs: Outputs, first: number, last: number): Outputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { dims, data }]) => {
      const row = data.length / (dims[0] ?? 1);
      return [name, { dims: dims.with(0, last - first), data: data.subarray(first * row, last * row) }];
    }),
  );
}

/** The sessions, which run as ever and then give what was recorded. A box head is run block by block. */
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
        await rpn.run(inputs);
        done = 0;
        return proposals;
      },
    },
    box_head: {
      ...head,
      async run(inputs) {
        await head.run(inputs);
        const first = done;
        done += rowsOf(inputs);
        if (done > total) throw new Error(`${done} regions, ${total} were recorded`);
        return rowsFrom(recorded, first, done);
      },
    },
  };
}
