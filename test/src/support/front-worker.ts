/**
 * The free plan's Worker with the tests' tiny model: what its front hands on, a real Durable Object does.
 *
 * @module
 */
import { env } from "cloudflare:workers";
import { createApp } from "../../../src/app.ts";
import { parseConfig } from "../../../src/config.ts";
import { createFront } from "../../../src/front/front.ts";
import { createVisionObject } from "../../../src/front/object.ts";
import { createEntrypoint } from "../../../src/rpc.ts";
import { kernels } from "../../../src/runtime/engines/kernels/worker.ts";
import { storedColorModel } from "./color-model.ts";
import { manifestOf } from "./stored-model.ts";

/** The model of the tests. */
export const model = await storedColorModel("mobilenet_v3_small", { verification: "verified" });

/** The application, once for direct calls by tests, once in each object. */
export function makeApp() {
  const variables = {
    // No key is of this digest: the door is shut for everyone but service bindings.
    API_KEYS: `nobody=${"0".repeat(64)}`,
    RETRY_DELAYS_S: "0",
    WEBHOOKS: JSON.stringify({ uploads: { preset: "r2", options: { detector: "none" } } }),
  };
  const config = parseConfig({ ...env, ...variables });
  return createApp({ manifest: manifestOf([model]), engines: [kernels], config, log: () => undefined });
}

const front = createFront(() => undefined);

export default front;

/** For service bindings. */
export class Vision extends createEntrypoint(front) {}

/** The objects. */
export class VisionObject extends createVisionObject(makeApp()) {}
