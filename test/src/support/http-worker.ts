/**
 * The Worker for tests over real connections: the application with a manifest from a variable, and R2 whose reads are counted and slowed.
 * `GET /test/state` tells the reads so far and what the queue holds.
 *
 * @module
 */
import { createApp } from "../../../src/app.ts";
import { parseConfig } from "../../../src/config.ts";
import { onnxRuntime } from "../../../src/runtime/engines/onnxruntime/worker.ts";
import { Manifest } from "../../../src/runtime/manifest.ts";

interface Env extends Cloudflare.Env {
  /** JSON. */
  readonly MANIFEST: string;
  /** Milliseconds that a read waits. */
  readonly DELAY_MS: string;
}

const reads: string[] = [];
let app: ReturnType<typeof createApp> | undefined;

/** R2 whose reads are counted, and wait before they answer. */
function slow(bucket: R2Bucket, delayMs: number): R2Bucket {
  return new Proxy(bucket, {
    get(target, property) {
      if (property !== "get") return Reflect.get(target, property, target);
      return async (key: string) => {
        reads.push(key);
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        return target.get(key);
      };
    },
  });
}

export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/test/state") return Response.json({ reads });
    app ??= createApp({
      manifest: Manifest.parse(JSON.parse(env.MANIFEST)),
      engines: [onnxRuntime],
      config: parseConfig(env),
    });
    return app.fetch(request, { ...env, MODELS: slow(env.MODELS, Number(env.DELAY_MS)) }, ctx);
  },
} satisfies ExportedHandler<Env>;
