/**
 * The Worker whose memory is measured: the product, on our own engine alone, with pauses. The inspector is answered only when a Worker waits for
 * something from outside; what is in memory at a pause is what was there before it.
 *
 * @module
 */
import type { EngineProvider, Session } from "../../src/runtime/engines/engine.ts";
import { kernels } from "../../src/runtime/engines/kernels/worker.ts";
import { createWorker } from "../../src/worker.ts";

/** Time for the inspector to look, in milliseconds. */
const PAUSE_MS = 4;

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS));

/** Pauses before and after each run. */
function watchedSession(session: Session): Session {
  return {
    ...session,
    async run(inputs) {
      await pause();
      const outputs = await session.run(inputs);
      await pause();
      return outputs;
    },
  };
}

const watched: EngineProvider = {
  ...kernels,
  async start() {
    const engine = await kernels.start();
    return { ...engine, open: async (source) => watchedSession(await engine.open(source)) };
  },
};

/** Workers' own method of a reader (Streams, "readAtLeast"), by which model files are read. */
interface ReadsAtLeast {
  readAtLeast(bytes: number, view: Uint8Array): Promise<unknown>;
}

const reader = ReadableStreamBYOBReader.prototype as unknown as ReadsAtLeast;
const { readAtLeast } = reader;
reader.readAtLeast = async function (bytes, view) {
  await pause();
  return readAtLeast.call(this, bytes, view);
};

export default createWorker([watched]);
