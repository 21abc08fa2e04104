/**
 * What a registry is, and what it gives.
 *
 * @module
 */
import type { EngineName, EngineProvider, Session } from "../engines/engine.ts";
import type { ManifestModel, VariantName } from "../manifest.ts";
import type { Size } from "../preprocess/size.ts";
import type { Selection } from "./select.ts";
import type { ModelBucket } from "./storage.ts";

/** A model that is ready to run. */
export interface LoadedModel {
  readonly name: string;
  readonly variant: VariantName;
  readonly sha256: string;
  readonly engine: EngineName;
  readonly card: ManifestModel["card"];
  /** By role, as the manifest names them: `model`, or `rpn` and `box_head`. */
  readonly sessions: Readonly<Record<string, Session>>;
}

/** How a registry is made. */
export interface RegistryOptions {
  /** The engines of this deployment, the preferred one first. */
  readonly engines: readonly EngineProvider[];
  /** Bytes that open models may take together; a single one may take more. */
  readonly budgetBytes: number;
  /** Most milliseconds to wait for storage at a time. */
  readonly storageTimeoutMs: number;
}

/** What a load needs of the request that asks for it. */
export interface LoadOptions {
  readonly bucket: ModelBucket;
  /** Only this engine; otherwise the first that supports the graph. */
  readonly engine?: EngineName | undefined;
  /** When the request came, `Date.now()`: one that was waiting while a load failed shares that failure instead of trying again. */
  readonly since: number;
  /** Size of the network's input in the run that follows. */
  readonly size?: Size | undefined;
  /** Called as bytes arrive. */
  readonly onProgress?: () => void;
}

/** Memory in bytes. */
export interface EngineDemand {
  /** WebAssembly memory of all engines, the model open and its run's activations included. */
  readonly run: number;
  /** The same while the model is opened, what the opening takes besides included; 0 when it is open. */
  readonly load: number;
}

/** The models that are open: see `createRegistry`. */
export interface Registry {
  /**
   * What engines and models will take: estimated, but for the run of an open model whose engine knows.
   * @param input the network's: its size, or how many pixels it has
   * @throws {ModelError} `engine_unavailable`
   */
  demand(selection: Selection, input: Size | number, engine?: EngineName): EngineDemand;
  /** The open model, loaded if it is not yet. @throws {ModelError} @throws {EngineError} */
  load(selection: Selection, options: LoadOptions): Promise<LoadedModel>;
  /** Whether a load would find the model open. */
  isLoaded(selection: Selection, engine?: EngineName): boolean;
}
