import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Seed } from "./checkpoint-case.ts";

/** Larger reference checkpoints would only make fuzzing slower: their structure is the same. */
const MAX_SEED_BYTES = 6_000_000;

/** Checkpoints to damage: the reader's fixtures, and the smaller reference checkpoints where they are. */
export function loadSeeds(): readonly Seed[] {
  const fixtures = checkpointsIn(new URL("../../test/tools/torch/fixtures/", import.meta.url));
  const shared = checkpointsIn(new URL("../../../shared/checkpoints/", import.meta.url));
  return [...fixtures, ...shared];
}

function checkpointsIn(folder: URL): Seed[] {
  if (!existsSync(folder)) return [];
  const seeds = readdirSync(folder)
    .filter((name) => name.endsWith(".pth"))
    .sort()
    .map((name) => ({
      name,
      bytes: new Uint8Array(readFileSync(new URL(name, folder))),
      architecture: name.includes("quantized")
        ? ("mobilenet_v3_large_quantized" as const)
        : ("mobilenet_v3_large" as const),
    }));
  return seeds.filter((seed) => seed.bytes.length <= MAX_SEED_BYTES);
}
