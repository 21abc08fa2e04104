/**
 * The application with a model that needs no download, and R2 that can fail.
 *
 * @module
 */
import { env } from "cloudflare:workers";
import { createApp } from "../../../src/app.ts";
import { parseConfig } from "../../../src/config.ts";
import type { EngineProvider } from "../../../src/runtime/engines/engine.ts";
import { kernels } from "../../../src/runtime/engines/kernels/worker.ts";
import { onnxRuntime } from "../../../src/runtime/engines/onnxruntime/worker.ts";
import type { Manifest } from "../../../src/runtime/manifest.ts";
import { faultyBucket } from "./bucket.ts";
import { manifestOf, type StoredModel } from "./stored-model.ts";

/** What {@link testApp} is made of. */
export interface TestAppOptions {
  readonly models: readonly StoredModel[];
  readonly known?: Manifest["known"];
  readonly engines?: readonly EngineProvider[];
  /** Variables, as wrangler.toml would set them. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A finished log line. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Makes an application whose requests need no network. */
export function testApp({ models, known, engines = [kernels, onnxRuntime], variables = {} }: TestAppOptions) {
  const lines: LogLine[] = [];
  const faulty = faultyBucket();
  const app = createApp({
    manifest: manifestOf(models, known),
    engines,
    config: parseConfig(variables),
    log: (line) => lines.push(JSON.parse(line)),
  });
  return {
    app,
    lines,
    faulty,
    request: (path: string, init?: RequestInit): Promise<Response> =>
      Promise.resolve(app.request(path, init, { ...env, MODELS: faulty.bucket })),
  };
}
