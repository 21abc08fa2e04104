/**
 * The entry for workerd on a machine of one's own: models from a folder, variables from the process's environment.
 *
 * @module
 */
import { env } from "cloudflare:workers";
import manifest from "../models/build/manifest.json";
import { createApp } from "./app.ts";
import { parseConfig } from "./config.ts";
import { kernels } from "./runtime/engines/kernels/worker.ts";
import { onnxRuntime } from "./runtime/engines/onnxruntime/worker.ts";
import type { Manifest } from "./runtime/manifest.ts";
import { diskBucket } from "./self-hosted/disk-bucket.ts";

/** What tools/self-host/capnp.ts binds. A variable that is not set is `null` there. */
interface SelfHostedEnv {
  readonly DISK: Fetcher;
}

const variables = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== null));
const app = createApp({
  // Checked by the tool that wrote it.
  manifest: manifest as unknown as Manifest,
  engines: [kernels, onnxRuntime],
  config: parseConfig(variables),
});

export default {
  fetch(request, { DISK }, ctx) {
    return app.fetch(request, { MODELS: diskBucket(DISK) as R2Bucket }, ctx);
  },
} satisfies ExportedHandler<SelfHostedEnv>;
