/**
 * One case of the checkpoint fuzzer: a damaged checkpoint, and what may come of it.
 *
 * @module
 */
import { unzipSync, zipSync } from "fflate";
import type { Architecture } from "../networks/architectures.ts";
import { convertStateDict } from "../networks/convert.ts";
import { readCheckpoint } from "../torch/checkpoint.ts";
import { CheckpointError } from "../torch/error.ts";
import { readFloats } from "../torch/tensor.ts";
import { mutate } from "./mutate.ts";
import { createRandom, type Random } from "./random.ts";

/** A good checkpoint to start from. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The network that it is of, or is claimed to be. */
  readonly architecture: Architecture;
}

/** How a case ended: read and converted, or refused with a typed error of this kind. */
export type Outcome = "converted" | CheckpointError["kind"];

/** The damaged checkpoint of a case number. */
export function damagedCheckpoint(
  seeds: readonly Seed[],
  caseNumber: number,
): { seed: Seed; bytes: Uint8Array } {
  const random = createRandom(caseNumber);
  const seed = random.pick(seeds);
  const isZip = seed.bytes[0] === 0x50;
  // The archive's checksums would stop every change within its entries, so half the cases damage the pickle before packing.
  const bytes =
    isZip && random.int(2) === 0
      ? repacked(seed.bytes, random)
      : mutate(seed.bytes, random, near(seed.bytes, random));
  return { seed, bytes };
}

/**
 * Reads and converts a checkpoint as installing does.
 *
 * @throws whatever the reader or converter throws that is no {@link CheckpointError}: a finding.
 */
export async function tryCheckpoint(bytes: Uint8Array, architecture: Architecture): Promise<Outcome> {
  try {
    const state = await readCheckpoint(bytes);
    for (const tensor of state.tensors.values()) readFloats(tensor);
    convertStateDict(architecture, state, { name: "fuzz" });
    return "converted";
  } catch (error) {
    if (error instanceof CheckpointError) return error.kind;
    throw error;
  }
}

/** The archive with its pickle damaged, and its checksums right. */
function repacked(bytes: Uint8Array, random: Random): Uint8Array {
  const entries = unzipSync(bytes);
  const name = Object.keys(entries).find((key) => key.endsWith("/data.pkl"));
  if (name === undefined) throw new Error("a seed without data.pkl");
  return zipSync({ ...entries, [name]: mutate(entries[name], random) }, { level: 0 });
}

/** Bytes at either end of a file that hold its structure: the first entries, the directory, a legacy file's pickles. */
const STRUCTURE = 64 * 1024;

/** Chooses places near the ends of a file mostly: the middle is numbers. */
function near(bytes: Uint8Array, random: Random): (length: number) => number {
  const end = Math.min(STRUCTURE, bytes.length);
  return (length) => {
    switch (random.int(5)) {
      case 0:
      case 1:
        return random.int(Math.min(end, length));
      case 2:
      case 3:
        return length - 1 - random.int(Math.min(end, length));
      default:
        return random.int(length);
    }
  };
}
