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
import { ModelError } from "./errors.ts";
import { keptBytes, modelBytes, runBytes, weightsOf } from "./footprint.ts";
import { type OpenFiles, openFiles } from "./open-files.ts";
import type { Selection } from "./select.ts";
import type { LoadedModel, LoadOptions, Registry, RegistryOptions } from "./types.ts";

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

  async function loadFirstSupported(selection: Selection, load: LoadOptions): Promise<LoadedModel> {
    const files = await openFiles(selection, load, options.storageTimeoutMs);
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
