/**
 * The one interface behind which a network runs, whichever engine runs it.
 *
 * @module
 */
import type { VariantName } from "../manifest.ts";
import type { MakeRowLoops } from "./row-loops.ts";

/** Names of the engines, as `?engine=` and the benchmark spell them. */
export const ENGINE_NAMES = ["kernels", "onnxruntime"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** A dense float tensor, row-major in the order of `dims` (images: `[N, C, H, W]`). */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * An image that has been resized but not yet scaled and normalised: 8-bit RGB, `[H, W, 3]`, row-major.
 *
 * An engine that can fold the normalisation into its first layer (kernels) takes the bytes as they are;
 * another (onnxruntime) widens them to `[1, 3, H, W]` floats: `(byte * scale - mean[c]) / std[c]`.
 */
export interface ImageTensor {
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * A picture `[1, 3, H, W]` of floats that is made while the network reads it: as a whole it would be larger than anything else in JavaScript. An engine that
 * reads rows (kernels) asks for them as its first layer goes on; another (onnxruntime) asks for all.
 */
export interface RowTensor {
  readonly height: number;
  readonly width: number;
  /**
   * Makes row `y`: scaled and normalised RGB `[W, 3]`. Rows may be asked for in any order, and again; in order they are made fastest.
   *
   * @param into `3 · width` floats, all of which are written
   */
  row(y: number, into: Float32Array): void;
}

/** A picture in any of its forms. */
export type PictureTensor = Tensor | ImageTensor | RowTensor;

/**
 * Regions of feature maps, for an input `[N, C, size, size]`: what `torchvision.ops.roi_align` (`aligned=False`) cuts out of them. Only sessions
 * with `cutsRegions` take them.
 */
export interface RegionTensor {
  /** Feature maps `[1, C, H, W]`, and their size over that of the picture. */
  readonly levels: readonly { readonly feature: Tensor; readonly scale: number }[];
  /** `[N, 4]`: x1, y1, x2, y2 in pixels of the picture. */
  readonly regions: Float32Array;
  /** `[N]`: which level each region is cut from. */
  readonly levelOf: Uint8Array;
  /** Bins a side, and samples a bin and side. */
  readonly size: number;
  readonly sampling: number;
}

/** What a run is fed: by input name, a float tensor, a picture, or regions. */
export type Inputs = Readonly<Record<string, PictureTensor | RegionTensor>>;

/** What a run gives: by output name. The data are the caller's own copy. */
export type Outputs = Record<string, Tensor>;

/** A graph's input or output: symbolic dimensions (batch, height, width) are `null`. */
export interface ValueInfo {
  readonly name: string;
  readonly dims: readonly (number | null)[];
}

/** Where an engine reads a model from. Bytes are verified by the registry, which throws into the stream on a mismatch. */
export interface GraphSource {
  /** The `.onnx` file: the graph, weights as ONNX external data. */
  readonly graph: Uint8Array;
  /** The name under which the graph's external data refers to its data file. */
  readonly weightsLocation: string;
  /** Size of the `.onnx.data` file. */
  readonly weightsBytes: number;
  /** Opens the `.onnx.data` file as a stream, from its first byte; may be called once. */
  openWeights(): Promise<ReadableStream<Uint8Array>>;
  /** Size of the picture in the first run, where it is known: an engine may prepare for it while it waits for weights. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
}

/** An open graph. Runs must not overlap (the run queue sees to it). */
export interface Session {
  readonly engine: EngineName;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Bytes that the graph keeps while it is open; for engines that know. */
  readonly weightsBytes?: number;
  /** Whether an input may be a {@link RegionTensor}, of any number of regions. */
  readonly cutsRegions?: boolean;
  /**
   * Bytes that a run on a picture of this size takes, activations and outputs; for engines that know before they run. Regions: of a usual block.
   * @throws {EngineError} when the graph does not take such a picture
   */
  runBytes?(size: { readonly height: number; readonly width: number }): number;
  /** The loops of resizing in the engine's own memory; for engines that have them. Not to be used while the graph runs or another is opened. */
  readonly rowLoops?: MakeRowLoops;
  /**
   * Runs the graph once. The outputs are the caller's alone, who may free what they lie in (`release`).
   * @throws {EngineError} when inputs do not fit the graph
   */
  run(inputs: Inputs): Promise<Outputs>;
  /** Gives the session's memory back to the engine. */
  close(): Promise<void>;
}

/** Memory of an engine, in bytes. WebAssembly memory never shrinks: `wasm` is its high-water mark. */
export interface EngineMemory {
  readonly wasm: number;
}

/** A way to run ONNX graphs. */
export interface Engine {
  readonly name: EngineName;
  /** Opens a graph and loads its weights. @throws {EngineError} when the graph is not supported or does not fit. */
  open(source: GraphSource): Promise<Session>;
  memory(): EngineMemory;
}

/** How a deployment comes by an engine: what `createApp` takes in its list of engines. */
export interface EngineProvider {
  readonly name: EngineName;
  /** Loads and starts the engine; called when the first graph asks for it, and once. */
  start(): Promise<Engine>;
  /** WebAssembly memory that the engine holds before any graph, in bytes. */
  readonly baseBytes: number;
  /** Estimated memory that an open graph keeps, in bytes, from the size of its weights: what is known before it is open (`Session.weightsBytes`). */
  modelBytes(weightsBytes: number, variant: VariantName): number;
  /** What opening it takes beside that for a while, in bytes. */
  loadBytes(weightsBytes: number, variant: VariantName): number;
  /** Estimated memory of a run, in bytes, from the pixels of the network's input: what is known before the graph is (`Session.runBytes`). */
  runBytes(pixels: number): number;
}

/** Why an engine cannot do what was asked. */
export type EngineErrorKind = "unsupported_graph" | "bad_input" | "out_of_memory" | "failed";

/** An engine's refusal or failure; `kind` tells which. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  constructor(
    readonly kind: EngineErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
