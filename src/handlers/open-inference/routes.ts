/**
 * The routes of the Open Inference Protocol v2.
 *
 * @module
 */
import type { AppContext } from "../context.ts";
import type { Readiness } from "../health.ts";
import { type Handler, type Mountable, mount } from "../routes.ts";
import { getMetadata, postInfer } from "./infer.ts";
import { createServerReady, getLive, getModelReady, getServer } from "./server.ts";

/** Mounts them. */
export function mountOpenInference(app: Mountable, readiness: (c: AppContext) => Promise<Readiness>): void {
  const get = (path: string, handler: Handler) => mount(app, path, { GET: handler });
  get("/v2", getServer);
  get("/v2/health/live", getLive);
  get("/v2/health/ready", createServerReady(readiness));
  for (const model of ["/v2/models/:name", "/v2/models/:name/versions/:version"]) {
    get(model, getMetadata);
    get(`${model}/ready`, getModelReady);
    mount(app, `${model}/infer`, { POST: postInfer });
  }
}
