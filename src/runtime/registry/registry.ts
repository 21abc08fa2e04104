/**
 * The models that are open in this isolate: loaded from R2 when asked for, the least recently used closed when they take too much.
 *
 * Loads do not overlap: whoever calls {@link Registry.load} holds the slot of the run queue. So a load is shared by all who wait behind it, and a
 * model is never closed under a run.
 *
 * @module
 */
import {
  type Engine,
  EngineError,
  type EngineName,
  type EngineProvider,
  type Session,
} from "../engines/engine.ts";
import type { ManifestModel, VariantName } from "../manifest.ts";
import type { Size } from "../preprocess/size.ts";
import { askEarly, type EarlyFile } from "./early.ts";
import { ModelError } from "./errors.ts";
import type { Selection } from "./select.ts";
import { type ModelBucket, openFile, readFile } from "./storage.ts";

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

/** See {@link createRegistry}. */
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

/** A graph's files: the graph itself, and its weights, asked for. */
interface OpenFiles {
  readonly bytes: Uint8Array;
  readonly weights: EarlyFile;
}

interface Entry {
  readonly model: LoadedModel;
  readonly bytes: number;
}

/** Makes the registry of an isolate. */
export function createRegistry(options: RegistryOptions): Registry {
  /** Open models, the least recently used first (a `Map` keeps the order of insertion). */
  const entries = new Map<string, Entry>();
  const engines = new Map<EngineName, Engine>();
  const failures = new Map<string, { readonly error: unknown; readonly at: number }>();
  /** Pairs of engine and content that were refused as unsupported, so that each is tried once. */
  const unsupported = new Map<string, EngineError>();

  function candidates(selection: Selection, only: EngineName | undefined): EngineProvider[] {
    const names = options.engines.map((engine) => engine.name);
    if (only !== undefined && !names.includes(only)) {
      throw new ModelError(
        "engine_unavailable",
        `This deployment has no engine '${only}'; it has ${names.join(", ")}.`,
        names,
      );
    }
    return options.engines.filter(
      ({ name }) => (only === undefined || only === name) && !unsupported.has(keyOf(selection, name)),
    );
  }

  function find(selection: Selection, only: EngineName | undefined): string | undefined {
    return candidates(selection, only)
      .slice(0, 1)
      .map(({ name }) => keyOf(selection, name))
      .find((key) => entries.has(key));
  }

  /** Least recently used models that have to go so that `bytes` more fit the budget. */
  function leaving(bytes: number): string[] {
    let sum = bytes + sumOf(entries.values());
    const keys: string[] = [];
    for (const [key, entry] of entries) {
      if (sum <= options.budgetBytes) break;
      sum -= entry.bytes;
      keys.push(key);
    }
    return keys;
  }

  async function open(
    provider: EngineProvider,
    selection: Selection,
    files: Readonly<Record<string, OpenFiles>>,
    { size }: LoadOptions,
  ): Promise<LoadedModel> {
    const { stored } = selection;
    for (const key of leaving(modelBytes(provider, selection))) {
      const entry = entries.get(key);
      entries.delete(key);
      await closeAll(entry?.model.sessions ?? {});
    }
    const engine = engines.get(provider.name) ?? (await provider.start());
    engines.set(provider.name, engine);
    const sessions: Record<string, Session> = {};
    try {
      for (const [role, graph] of Object.entries(stored.graphs)) {
        const { bytes, weights } = files[role];
        sessions[role] = await engine.open({
          graph: bytes,
          weightsLocation: graph.weights_location,
          weightsBytes: graph.weights.bytes,
          openWeights: weights.open,
          size,
        });
      }
    } catch (error) {
      await closeAll(sessions);
      throw storageCause(error) ?? error;
    }
    return {
      name: selection.name,
      variant: selection.variant,
      sha256: stored.sha256,
      engine: provider.name,
      card: selection.model.card,
      sessions,
    };
  }

  /** Asks for all files of a model at once, and waits for the graphs. */
  async function openFiles(
    { stored }: Selection,
    { bucket, onProgress }: LoadOptions,
  ): Promise<Record<string, OpenFiles>> {
    const reading = { timeoutMs: options.storageTimeoutMs, ...(onProgress && { onProgress }) };
    const asked = Object.entries(stored.graphs).map(([role, { graph, weights }]) => ({
      role,
      graph: readFile(bucket, graph, reading),
      weights: askEarly(() => openFile(bucket, weights, reading)),
    }));
    try {
      const bytes = await Promise.all(asked.map(({ graph }) => graph));
      return Object.fromEntries(asked.map(({ role, weights }, i) => [role, { bytes: bytes[i], weights }]));
    } catch (error) {
      for (const { weights } of asked) weights.release();
      throw error;
    }
  }

  async function loadFirstSupported(selection: Selection, load: LoadOptions): Promise<LoadedModel> {
    const files = await openFiles(selection, load);
    try {
      return await openFirstSupported(selection, files, load);
    } finally {
      for (const { weights } of Object.values(files)) weights.release();
    }
  }

  async function openFirstSupported(
    selection: Selection,
    files: Readonly<Record<string, OpenFiles>>,
    load: LoadOptions,
  ): Promise<LoadedModel> {
    for (const provider of candidates(selection, load.engine)) {
      const key = keyOf(selection, provider.name);
      try {
        const model = await open(provider, selection, files, load);
        entries.set(key, { model, bytes: keptBytes(model) ?? modelBytes(provider, selection) });
        return model;
      } catch (error) {
        if (!(error instanceof EngineError && error.kind === "unsupported_graph")) throw error;
        unsupported.set(key, error);
      }
    }
    const reasons = options.engines.flatMap(
      ({ name }) => unsupported.get(keyOf(selection, name))?.message ?? [],
    );
    throw new ModelError(
      "unsupported_graph",
      `No engine of this deployment runs '${selection.name}': ${reasons.join("; ")}`,
    );
  }

  return {
    isLoaded: (selection, engine) => find(selection, engine) !== undefined,

    demand(selection, input, only) {
      const [provider] = candidates(selection, only);
      let others = 0;
      for (const engine of engines.values()) {
        if (engine.name !== provider?.name) others += engine.memory().wasm;
      }
      // No engine runs it: the load will say so.
      if (provider === undefined) return { run: others, load: 0 };
      // WebAssembly memory never shrinks.
      const now = engines.get(provider.name)?.memory().wasm ?? 0;
      const key = find(selection, only);
      const isOpen = key !== undefined;
      const own = isOpen ? 0 : modelBytes(provider, selection);
      const gone = isOpen ? [] : leaving(own);
      const staying = [...entries]
        .filter(([key, { model }]) => model.engine === provider.name && !gone.includes(key))
        .map(([, entry]) => entry);
      const open = provider.baseBytes + sumOf(staying) + own;
      const largest = Math.max(...weightsOf(selection));
      return {
        run: others + Math.max(now, open + runBytes(provider, input, entries.get(key ?? "")?.model)),
        load: isOpen ? 0 : others + Math.max(now, open) + provider.loadBytes(largest, selection.variant),
      };
    },

    async load(selection, load) {
      const key = find(selection, load.engine);
      const entry = key === undefined ? undefined : entries.get(key);
      if (key !== undefined && entry !== undefined) {
        entries.delete(key);
        entries.set(key, entry);
        return entry.model;
      }
      const failure = failures.get(selection.stored.sha256);
      if (failure !== undefined && load.since <= failure.at) throw failure.error;
      try {
        const model = await loadFirstSupported(selection, load);
        failures.delete(selection.stored.sha256);
        return model;
      } catch (error) {
        if (error instanceof ModelError) failures.set(selection.stored.sha256, { error, at: Date.now() });
        throw error;
      }
    },
  };
}

function keyOf(selection: Selection, engine: EngineName): string {
  return `${engine}:${selection.name}:${selection.stored.sha256}`;
}

function modelBytes(provider: EngineProvider, selection: Selection): number {
  const { variant } = selection;
  return weightsOf(selection).reduce((sum, bytes) => sum + provider.modelBytes(bytes, variant), 0);
}

/** What an open model keeps, where its engine knows. */
function keptBytes({ sessions }: LoadedModel): number | undefined {
  return knownSum(Object.values(sessions).map(({ weightsBytes }) => weightsBytes));
}

/** The sum of numbers, if there are any and all are known. */
function knownSum(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  if (known.length === 0 || known.length < numbers.length) return undefined;
  return known.reduce((sum, number) => sum + number, 0);
}

/** What a run takes, from the open graphs where they know: what one gives stays while the next one runs. */
function runBytes(provider: EngineProvider, input: Size | number, model: LoadedModel | undefined): number {
  if (typeof input === "number") return provider.runBytes(input);
  const graphs = Object.values(model?.sessions ?? {}).map((session) => session.runBytes?.(input));
  return knownSum(graphs) ?? provider.runBytes(input.width * input.height);
}

/** Sizes of the weights of a model's graphs. */
function weightsOf(selection: Selection): number[] {
  return Object.values(selection.stored.graphs).map((graph) => graph.weights.bytes);
}

function sumOf(entries: Iterable<Entry>): number {
  let sum = 0;
  for (const entry of entries) sum += entry.bytes;
  return sum;
}

async function closeAll(sessions: Readonly<Record<string, Session>>): Promise<void> {
  await Promise.allSettled(Object.values(sessions).map((session) => session.close()));
}

/** An engine may wrap what its source threw. */
function storageCause(error: unknown): ModelError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ModelError) return cause;
  }
  return undefined;
}
