/**
 * The application in a Durable Object.
 *
 * @module
 */
import { DurableObject } from "cloudflare:workers";
import type { createApp } from "../app.ts";
import type { QueuedMessage, Verdict } from "../handlers/queue.ts";
import { trustedEnv } from "../handlers/trusted.ts";

/** What the front calls. */
export interface VisionObjectMethods extends Rpc.DurableObjectBranded {
  fetch(request: Request): Promise<Response>;
  /** The same for calls that came through a service binding. */
  fetchTrusted(request: Request): Promise<Response>;
  /** A message of the queue. */
  consume(message: QueuedMessage): Promise<Verdict>;
}

/** The constructor, for workerd to call. */
export type VisionObjectClass = new (ctx: DurableObjectState, env: Cloudflare.Env) => VisionObjectMethods;

/** Makes the class. It keeps nothing: what an object holds is the isolate's run queue and open models. */
export function createVisionObject(
  app: Pick<ReturnType<typeof createApp>, "fetch" | "consume">,
): VisionObjectClass {
  return class extends DurableObject<Cloudflare.Env> implements VisionObjectMethods {
    override async fetch(request: Request): Promise<Response> {
      return app.fetch(request, this.env, toExecutionContext(this.ctx));
    }

    async fetchTrusted(request: Request): Promise<Response> {
      return app.fetch(request, trustedEnv(this.env), toExecutionContext(this.ctx));
    }

    consume(message: QueuedMessage): Promise<Verdict> {
      return app.consume(message, this.env, this.ctx);
    }
  };
}

/** What Hono wants of a context; an object's has no exceptions to pass through. */
function toExecutionContext(ctx: DurableObjectState) {
  return {
    waitUntil: (work: Promise<unknown>) => ctx.waitUntil(work),
    passThroughOnException: () => undefined,
    props: {},
  };
}
