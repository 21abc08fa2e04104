/**
 * Probes: `GET /healthz` (the Worker runs) and `GET /readyz` (its models can be read).
 *
 * @module
 */
import type { Task } from "../runtime/card.ts";
import type { Manifest, StoredVariant } from "../runtime/manifest.ts";
import { DEFAULT_MODELS, defaultModel } from "../runtime/registry/select.ts";
import { within } from "../runtime/within.ts";
import type { AppContext } from "./context.ts";

/** Alive: no I/O. */
export function getHealth(c: AppContext): Response {
  return c.json({ status: "ok" });
}

/** How long an answer of R2 is believed, in milliseconds: probes come every few seconds, R2 bills each look. */
const READY_TTL_MS = 10_000;

/** Whether the models of an isolate can be read. */
export interface Readiness {
  readonly ready: boolean;
  /** By name of each task's default model. */
  readonly models: Readonly<Record<string, boolean>>;
}

/** Makes what looks up an isolate's readiness: the files of every task's default model are in R2. */
export function createReadiness(): (c: AppContext) => Promise<Readiness> {
  let last: Readiness | undefined;
  let at = 0;
  return async (c) => {
    if (last === undefined || Date.now() - at > READY_TTL_MS) {
      const { config, vision } = c.get("services");
      at = Date.now();
      const models = await lookUp(c.env.MODELS, vision.manifest, config.storageTimeoutMs);
      const states = Object.values(models);
      last = { ready: states.length > 0 && states.every(Boolean), models };
    }
    return last;
  };
}

/** Makes the handler of `/readyz`: 200 or 503 (probes are the one place that says 503). */
export function createReady(
  readiness: (c: AppContext) => Promise<Readiness>,
): (c: AppContext) => Promise<Response> {
  return async (c) => {
    const { ready, models } = await readiness(c);
    return c.json({ status: ready ? "ready" : "not ready", models }, ready ? 200 : 503);
  };
}

async function lookUp(
  bucket: R2Bucket | undefined,
  manifest: Manifest,
  timeoutMs: number,
): Promise<Record<string, boolean>> {
  const names = (Object.keys(DEFAULT_MODELS) as Task[]).flatMap((task) => defaultModel(manifest, task) ?? []);
  const entries = names.map(async (name) => {
    const { variants, default_variant: variant } = manifest.models[name];
    return [name, await isStored(bucket, variants[variant], timeoutMs)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Whether a variant's files are in R2, by their sizes. A bucket that is missing, fails or does not answer in time has none. */
export async function isStored(
  bucket: R2Bucket | undefined,
  variant: StoredVariant | undefined,
  timeoutMs: number,
): Promise<boolean> {
  if (bucket === undefined) return false;
  const files = Object.values(variant?.graphs ?? {}).flatMap(({ graph, weights }) => [graph, weights]);
  const heads = await Promise.all(
    files.map(({ key }) => within(bucket.head(key), timeoutMs).catch(() => null)),
  );
  return heads.every((head, i) => head?.size === files[i].bytes);
}
