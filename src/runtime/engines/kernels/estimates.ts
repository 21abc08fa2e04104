/**
 * What our own engine takes of an isolate's memory, estimated before it is spent.
 *
 * @module
 */
import type { VariantName } from "../../manifest.ts";
import type { EngineProvider } from "../engine.ts";
import { MIN_MEMORY_PAGES } from "./module.ts";

const MIB = 2 ** 20;
const PAGE_BYTES = 65_536;

/**
 * Packed weights over stored ones, at most. Floats are padded to whole tiles (1.004). Bytes also get the scales of each tile, sums that correct
 * for zero points, and extra steps where pairs would overflow: 1.002 (box head) to 1.30 (the official quantized Large, CenterNet) and 1.35
 * (Faster R-CNN's RPN, whose head is packed once a level). What it is is known when the graph is open (`Session.weightsBytes`).
 */
const MODEL_FACTOR: Readonly<Record<VariantName, number>> = { fp32: 1.02, int8: 1.36 };

/**
 * Weights are packed as they stream in: a piece, and a chunk or two. Those of integer layers are gathered first, so the largest layer or slice
 * (DeepLabV3's 3×3 at 2.2 MB) exists twice more, once packed.
 */
const LOAD_BYTES: Readonly<Record<VariantName, number>> = { fp32: 2 * MIB, int8: 7 * MIB };

/**
 * A run, by the pixels of the network's input, before the graph is known: 14 bytes of arena and 5 of outputs on Faster R-CNN at 800×1344, which comes
 * nearest to the limit. Others take up to three times as much, and are far from it; what they take is known when they are open.
 */
const RUN_BYTES_PER_PIXEL = 22;

/** See {@link EngineProvider}. */
export const kernelsEstimates: Pick<EngineProvider, "baseBytes" | "modelBytes" | "loadBytes" | "runBytes"> = {
  baseBytes: MIN_MEMORY_PAGES * PAGE_BYTES,
  modelBytes: (weightsBytes, variant) => Math.ceil(weightsBytes * MODEL_FACTOR[variant]),
  loadBytes: (_, variant) => LOAD_BYTES[variant],
  runBytes: (pixels) => pixels * RUN_BYTES_PER_PIXEL,
};
