/**
 * The one way through the house for a picture: chosen model, place in the queue, admission, loading, preparation, run.
 *
 * @module
 */
import { estimateDecodeBytes, type ImageHeader, type Limits, readHeader } from "../codecs/index.ts";
import type { Preprocess } from "./card.ts";
import type { EngineName, EngineProvider } from "./engines/engine.ts";
import type { Manifest } from "./manifest.ts";
import { admit, IDLE_BYTES } from "./memory.ts";
import { type Geometry, keptBytes, planPreprocess } from "./preprocess/index.ts";
import { CancelledError, createRunQueue, type Place, type RunQueue, type Slot } from "./queue.ts";
import { createRegistry } from "./registry/registry.ts";
import { type ModelRequest, type Selection, selectModel } from "./registry/select.ts";
import type { ModelBucket } from "./registry/storage.ts";
import type { LoadedModel, Registry } from "./registry/types.ts";
import { release } from "./release.ts";

/** Bounds that hold for every request. */
export interface VisionLimits {
  readonly image: Limits;
  /** Memory that a request may take in all, in bytes. */
  readonly memoryBytes: number;
  /** Memory that open models may take together, in bytes. */
  readonly modelBytes: number;
  readonly queueDepth: number;
  readonly queueBytes: number;
  readonly storageTimeoutMs: number;
}

/** What {@link createVision} is made of. */
export interface VisionOptions {
  readonly manifest: Manifest;
  /** The engines of this deployment, the preferred one first. */
  readonly engines: readonly EngineProvider[];
  readonly limits: VisionLimits;
}

/** A model that is open, and a picture that fits beside it. */
export interface Task {
  readonly model: LoadedModel;
  readonly bytes: Uint8Array;
  readonly header: ImageHeader;
  /** The limits, decoding bounded by the memory that is left. */
  readonly limits: Limits;
  /** Takes arrays that nobody reads once the work is done: they are released then. */
  own(...arrays: readonly ArrayBufferView[]): void;
}

/** A picture whose turn it is. */
export interface Turn {
  readonly header: ImageHeader;
  /**
   * Opens a model for the picture, if both fit into memory.
   * @param extraBytes what the work takes beside decoding and running: a mask, a picture to draw on
   */
  open(selection: Selection, extraBytes?: number): Promise<Task>;
}

/** What a run takes from the request that it belongs to. */
export interface RunContext {
  readonly bucket: ModelBucket;
  readonly engine?: EngineName | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `ctx.waitUntil` in a Worker: a load goes on when its caller is gone. */
  readonly keepAlive?: ((work: Promise<unknown>) => void) | undefined;
}

/** See {@link createVision}. */
export interface Vision {
  readonly manifest: Manifest;
  readonly engines: readonly EngineName[];
  readonly limits: VisionLimits;
  readonly queue: RunQueue;
  readonly registry: Registry;
  /** Which model a request means. @throws {ModelError} */
  select(request: ModelRequest): Selection;
  /**
   * Waits for the picture's turn, and does the work. What is not a picture, or over a limit, is refused before waiting.
   * @throws {CodecError} {@link ModelError} {@link EngineError} {@link OverloadedError} {@link NotEnoughMemoryError} {@link CancelledError}
   */
  run<T>(place: Place, bytes: Uint8Array, context: RunContext, work: (turn: Turn) => Promise<T>): Promise<T>;
}

/** How much longer than storage may take a holder of the slot may be silent before it is taken for dead. */
const LEASE_FACTOR = 3;

/** Bytes that a network's input takes in JavaScript: pixels, or what rows of floats are made of. */
function inputBytes(header: ImageHeader, { input, resized }: Geometry, { kind }: Preprocess): number {
  return kind === "generalized_rcnn" ? keptBytes(header, resized) : input.width * input.height * 3;
}

/** Makes the state of an isolate: its queue and its open models. */
export function createVision({ manifest, engines, limits }: VisionOptions): Vision {
  const registry = createRegistry({
    engines,
    budgetBytes: limits.modelBytes,
    storageTimeoutMs: limits.storageTimeoutMs,
  });
  const queue = createRunQueue({
    depth: limits.queueDepth,
    bytes: limits.queueBytes,
    leaseMs: limits.storageTimeoutMs * LEASE_FACTOR,
  });
  return {
    manifest,
    engines: engines.map(({ name }) => name),
    limits,
    queue,
    registry,
    select: (request) => selectModel(manifest, request),
    run(place, bytes, context, work) {
      const { bucket, engine, signal, keepAlive } = context;
      const header = readHeader(bytes, limits.image);
      const owned: ArrayBufferView[] = [];
      const own: Task["own"] = (...arrays) => owned.push(...arrays);
      const open = async (slot: Slot, selection: Selection, extraBytes: number): Promise<Task> => {
        const spec = selection.model.card.preprocess;
        const { geometry, minSize } = planPreprocess(header, spec);
        const engines = registry.demand(selection, geometry.input, engine);
        const held = { idle: IDLE_BYTES, bodies: queue.load().bytes };
        admit({ ...held, model: engines.load, decode: 0 }, limits.memoryBytes);
        const decode = estimateDecodeBytes(header, minSize) + inputBytes(header, geometry, spec) + extraBytes;
        admit({ ...held, model: engines.run, decode }, limits.memoryBytes);
        const { since } = place;
        const load = { bucket, engine, since, size: geometry.input, onProgress: slot.touch };
        const model = await registry.load(selection, load);
        if (signal?.aborted) throw new CancelledError("the caller went away while the model was loaded");
        // Now that the model is open, its engine knows what the run will take.
        const { run } = registry.demand(selection, geometry.input, engine);
        admit({ ...held, model: run, decode }, limits.memoryBytes);
        const maxDecodeBytes = limits.memoryBytes - held.idle - held.bodies - run;
        return { model, bytes, header, limits: { ...limits.image, maxDecodeBytes }, own };
      };
      const job = async (slot: Slot) => {
        try {
          return await work({
            header,
            open: (selection, extraBytes = 0) => open(slot, selection, extraBytes),
          });
        } finally {
          release(...owned);
        }
      };
      return place.run(job, { keepAlive });
    },
  };
}
