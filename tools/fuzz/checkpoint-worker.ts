/** The thread in which cases run, so that a hang can be ended from outside. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort } from "node:worker_threads";
import { damagedCheckpoint, tryCheckpoint } from "./checkpoint-case.ts";
import { loadSeeds } from "./seeds.ts";

const seeds = loadSeeds();

/** Collects the garbage of a case before the next, so that peak memory is that of one file and not of V8's laziness. */
setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

parentPort?.on("message", async (caseNumber: number) => {
  collectGarbage();
  const { seed, bytes } = damagedCheckpoint(seeds, caseNumber);
  parentPort?.postMessage({ started: caseNumber, seed: seed.name });
  const start = performance.now();
  try {
    const outcome = await tryCheckpoint(bytes, seed.architecture);
    parentPort?.postMessage({ outcome, ms: performance.now() - start });
  } catch (error) {
    const stack = error instanceof Error ? error.stack : String(error);
    parentPort?.postMessage({ finding: stack, ms: performance.now() - start });
  }
});
