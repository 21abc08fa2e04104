/**
 * What our own engine takes of an isolate's memory, estimated before it is spent.
 *
 * @module
 */
import type { EngineProvider } from "../engine.ts";
import { MIN_MEMORY_PAGES } from "./module.ts";

const MIB = 2 ** 20;
const PAGE_BYTES = 65_536;

/** Packed floats over stored ones, at most: they are padded to whole tiles (1.004). */
const FLOAT_FACTOR = 1.02;

/**
 * What packed bytes take beside stored ones, at most: scales and sums for zero points with each tile, and extra steps where pairs would overflow. It is
 * most where layers are small (51 KB of the selfies' 0.12 MB) and where weights have all 8 bits (0.38 MB of CenterNet's 2.1, 0.71 of the official quantized
 * Large's 5.5); those of 7 bits take 0.37 MB at most, in Faster R-CNN's backbone. A larger network with all 8 bits takes more. What it is is known when the
 * graph is open (`Session.weightsBytes`).
 */
const BYTES_BESIDE = { least: 64 * 1024, share: 0.16, most: 800_000 };

/** Weights are packed where they stay as they stream in: beside them there are a piece, and a chunk or two. */
const LOAD_BYTES = 2 * MIB;

/**
 * A run, by the pixels of the network's input, before the graph is known: 14 bytes of arena and 5 of outputs on Faster R-CNN at 800×1344, which comes
 * nearest to the limit. Others take up to three times as much, and are far from it; what they take is known when they are open.
 */
const RUN_BYTES_PER_PIXEL = 22;

/** See {@link EngineProvider}. */
export const kernelsEstimates: Pick<EngineProvider, "baseBytes" | "modelBytes" | "loadBytes" | "runBytes"> = {
  baseBytes: MIN_MEMORY_PAGES * PAGE_BYTES,
  modelBytes(weightsBytes, variant) {
    if (variant === "fp32") return Math.ceil(weightsBytes * FLOAT_FACTOR);
    const { least, share, most } = BYTES_BESIDE;
    return weightsBytes + Math.min(least + Math.ceil(weightsBytes * share), most);
  },
  loadBytes: () => LOAD_BYTES,
  runBytes: (pixels) => pixels * RUN_BYTES_PER_PIXEL,
};
