/**
 * What every handler finds in Hono's context.
 *
 * @module
 */
import type { Context } from "hono";
import type { Config } from "../config.ts";
import type { Vision } from "../runtime/vision.ts";
import type { ModelIdentity } from "./infer.ts";

/** What a request's log line says beside its route, status and duration. Filled in on the way. */
export interface LogFields {
  /** The models that were run, and whether they had to be loaded. */
  models?: (ModelIdentity & { readonly state: "open" | "loaded" })[];
  image?: {
    readonly format: string;
    readonly width: number;
    readonly height: number;
    readonly bytes: number;
  };
  /** The name of the API key. */
  caller?: string;
  /** The source of a webhook, and the job that it asks for. */
  source?: string;
  job?: string;
  /** Why a rate limiter did not answer. */
  limiter?: string;
  /** The problem's type, or `ok`. */
  outcome?: string;
  /** The message of an unexpected error, for us only. */
  error?: string;
}

/** Hono's environment. */
export interface AppEnv {
  Bindings: Cloudflare.Env;
  Variables: {
    requestId: string;
    log: LogFields;
    services: Services;
  };
}

/** What lives as long as the isolate. */
export interface Services {
  readonly config: Config;
  readonly vision: Vision;
}

/** A handler's context. */
export type AppContext = Context<AppEnv>;

/** `ctx.waitUntil`, where there is an execution context (in a Worker always; not in `app.request()`). */
export function keepAlive(c: AppContext): ((work: Promise<unknown>) => void) | undefined {
  try {
    const { executionCtx } = c;
    return (work) => executionCtx.waitUntil(work);
  } catch {
    return undefined;
  }
}
