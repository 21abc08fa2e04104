/**
 * What every handler finds in Hono's context.
 *
 * @module
 */
import type { Context } from "hono";
import type { Config } from "../config.ts";
import type { Vision } from "../runtime/vision.ts";
import type { ModelIdentity } from "./infer.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** An image, as the log tells of it. */
export interface LoggedImage {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

/** Whether an answer was kept from before, and why not. */
export type CacheState = "hit" | "miss" | "refresh" | "bypass" | "failed";

/** What a request's log line says beside its route, status and duration. Filled in on the way. */
export interface LogFields {
  /** The models that were run, and whether they had to be loaded; or that were run for the answer in the cache. */
  models?: (ModelIdentity & { readonly state: "open" | "loaded" | "cached" })[];
  image?: LoggedImage;
  cache?: CacheState;
  /** Of a list of images, what came of each. */
  images?: (Partial<LoggedImage> & Pick<LogFields, "cache" | "outcome" | "error">)[];
  /** What its time went to. */
  timings_ms?: Readonly<Record<string, number>>;
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
    /** Where the configuration has requests timed. */
    stopwatch?: Stopwatch;
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
