/**
 * Bundles a Worker and runs it in workerd, with the models of `models/build` in a local R2: every benchmark measures there, since that is where the
 * code runs. (Local workerd's clocks move during computation; deployed ones stand still.)
 *
 * @module
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build, type Plugin } from "esbuild";
import { Miniflare } from "miniflare";
import { type ModelFolders, modelFolders, ROOT } from "../../tools/models/paths.ts";
import { seed } from "../../tools/models/r2.ts";
import { manifestFile } from "../../tools/models/store.ts";
import { type Inspector, openInspector } from "./inspector.ts";

/** A bundled Worker: its script and the `.wasm` modules that it imports. */
export interface BundledWorker {
  readonly script: string;
  readonly wasm: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** A Worker that runs. */
export interface RunningWorker {
  /** Where it listens. */
  readonly origin: URL;
  /** Calls a method that a benchmark's Worker answers: `POST /<method>` with JSON. @throws {Error} with the Worker's message. */
  call<Answer>(method: string, parameters?: unknown): Promise<Answer>;
  inspector(): Promise<Inspector>;
  /** Sends a request to the Worker given as `caller`. */
  fetchCaller(path: string, init?: { method: string; body: Uint8Array<ArrayBuffer> }): Promise<Response>;
  /** The lines that the Worker has logged. */
  readonly logs: readonly string[];
  stop(): Promise<void>;
}

/**
 * Bundles a Worker's entry, relative to the repository's root, as wrangler does: `.wasm` imports stay imports of compiled modules.
 *
 * @param folders whose manifest the Worker gets in place of `models/build/manifest.json`
 */
export async function bundleWorker(entry: string, folders = modelFolders()): Promise<BundledWorker> {
  const wasm = new Map<string, Uint8Array<ArrayBuffer>>();
  const modules: Plugin = {
    name: "modules-of-a-worker",
    setup(builder) {
      builder.onResolve({ filter: /\/manifest\.json$/ }, () => ({ path: manifestFile(folders) }));
      builder.onResolve({ filter: /\.wasm$/ }, async (found) => {
        if (found.pluginData === RESOLVING) return undefined;
        const { path: file, errors } = await builder.resolve(found.path, {
          resolveDir: found.resolveDir,
          kind: found.kind,
          pluginData: RESOLVING,
        });
        if (errors.length > 0) return { errors };
        const name = path.basename(file);
        wasm.set(name, new Uint8Array(await readFile(file)));
        return { path: `./${name}`, external: true };
      });
    },
  };
  const result = await build({
    entryPoints: [path.join(ROOT, entry)],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    write: false,
    outdir: "out",
    plugins: [modules],
  });
  return { script: result.outputFiles[0]?.text ?? "", wasm };
}

/** Marks a resolution that the plugin itself asked for. */
const RESOLVING = "resolving";

/** How to start a Worker. */
export interface WorkerOptions {
  /** Whose models its R2 bucket holds; none are put there when left out. */
  readonly folders?: ModelFolders;
  /** Further objects of the bucket, by key. */
  readonly objects?: Readonly<Record<string, Uint8Array>>;
  /** Where its R2 keeps its objects, to share them between Workers that run one after the other; a temporary folder when left out. */
  readonly state?: string;
  /** The Worker's variables. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether it is `--env free`'s, whose application is a Durable Object. */
  readonly inObject?: boolean;
  /** The script of another Worker, which has the first one's export `Vision` as its binding `VISION`. */
  readonly caller?: string;
}

/** A Worker with a service binding to the one under test. */
function callerWorker(script: string) {
  return {
    config: {
      name: "caller",
      compatibilityDate: COMPATIBILITY_DATE,
      manifest: {
        mainModule: "caller.js",
        modules: { "caller.js": { type: "esm" as const, contents: script } },
      },
      env: { VISION: { type: "worker" as const, worker: "edge-vision", exportName: "Vision" } },
    },
  };
}

/** The class and the binding of `--env free`. */
const VISION_OBJECT = {
  exports: { VisionObject: { type: "durable-object", storage: "sqlite" } },
  env: { VISION_OBJECT: { type: "durable-object", worker: "edge-vision", exportName: "VisionObject" } },
} as const;

/** As in wrangler.toml. */
const COMPATIBILITY_DATE = "2026-11-01";

/** Starts a bundled Worker in a fresh isolate, listening on a free port of the loopback address. */
export async function startWorker(
  worker: BundledWorker,
  options: WorkerOptions = {},
): Promise<RunningWorker> {
  const state = options.state ?? (await mkdtemp(path.join(tmpdir(), "edge-vision-worker-")));
  const logs: string[] = [];
  const miniflare = new Miniflare({
    handleStructuredLogs: ({ message }) => logs.push(message),
    host: "127.0.0.1",
    port: 0,
    inspectorPort: 0,
    resourcePersistencePath: state,
    workers: [
      {
        config: {
          name: "edge-vision",
          compatibilityDate: COMPATIBILITY_DATE,
          compatibilityFlags: ["global_fetch_strictly_public", "enable_request_signal"],
          manifest: {
            mainModule: "worker.js",
            modules: {
              "worker.js": { type: "esm", contents: worker.script },
              ...Object.fromEntries(
                [...worker.wasm].map(([name, contents]) => [name, { type: "wasm" as const, contents }]),
              ),
            },
          },
          ...(options.inObject && { exports: VISION_OBJECT.exports }),
          env: {
            MODELS: { type: "r2", name: "models" },
            ...(options.inObject && VISION_OBJECT.env),
            ...Object.fromEntries(
              Object.entries(options.variables ?? {}).map(([name, value]) => [
                name,
                { type: "text" as const, value },
              ]),
            ),
          },
        },
      },
      ...(options.caller === undefined ? [] : [callerWorker(options.caller)]),
    ],
  });
  const origin = await miniflare.ready;
  const bucket = await miniflare.getR2Bucket("MODELS");
  if (options.folders) await seed(bucket, options.folders);
  for (const [key, bytes] of Object.entries(options.objects ?? {})) await bucket.put(key, bytes);
  return {
    origin,
    logs,
    async call<Answer>(method: string, parameters: unknown = {}): Promise<Answer> {
      const response = await fetch(new URL(method, origin), {
        method: "POST",
        body: JSON.stringify(parameters),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method}: ${text}`);
      return JSON.parse(text) as Answer;
    },
    async fetchCaller(path, init) {
      const caller = await miniflare.getWorker("caller");
      const response = await caller.fetch(new URL(path, origin), init);
      // miniflare's own class, of the same shape.
      return new Response(await response.arrayBuffer(), { status: response.status });
    },
    inspector: async () => openInspector(await miniflare.getInspectorURL()),
    async stop() {
      await miniflare.dispose();
      if (options.state === undefined) await rm(state, { recursive: true, force: true });
    },
  };
}
