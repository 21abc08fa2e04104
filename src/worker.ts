/**
 * What both entries of the Worker (with and without onnxruntime-web) are: the application, with the bundled manifest and the Worker's variables.
 *
 * @module
 */
import { env } from "cloudflare:workers";
import manifest from "../models/build/manifest.json";
import { createApp } from "./app.ts";
import { parseConfig } from "./config.ts";
import type { EngineProvider } from "./runtime/engines/engine.ts";
import type { Manifest } from "./runtime/manifest.ts";

/**
 * Makes the Worker. A wrong configuration throws, and the Worker does not start. The manifest is taken as it is: the tool that wrote it checked it,
 * and to check it again would cost a third of the start.
 *
 * @param engines the engines to bundle, the preferred one first
 */
export function createWorker(engines: readonly EngineProvider[]) {
  return createApp({ manifest: manifest as unknown as Manifest, engines, config: parseConfig(env) });
}
