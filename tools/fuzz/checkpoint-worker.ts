/** The thread in which cases run, so that a hang can be ended from outside. */
import { parentPort } from "node:worker_threads";
import { damagedCheckpoint, tryCheckpoint } from "./checkpoint-case.ts";
import { loadSeeds } from "./seeds.ts";

const seeds = loadSeeds();

parentPort?.on("message", async (caseNumber: number) => {
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
