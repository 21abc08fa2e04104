/**
 * Probes: `GET /healthz` (the Worker runs) and `GET /readyz` (its models can be read).
 *
 * @module
 */
import { Task } from "../runtime/card.ts";
import type { Manifest } from "../runtime/manifest.ts";
import { defaultModel } from "../runtime/registry/select.ts";
import type { AppContext } from "./context.ts";

/** Alive: no I/O. */
export function getHealth(c: AppContext): Response {
  return c.json({ status: "ok" });
}

/** How long an answer of R2 is believed, in milliseconds: probes come every few seconds, R2 bills each look. */
const READY_TTL_MS = 10_000;

interface Readiness {
  readonly at: number;
  readonly models: Readonly<Record<string, boolean>>;
}

/** Makes the handler of `/readyz`: 200 when the files of every task's default model are in R2, else 503 (the one place that says 503). */
export function createReady(): (c: AppContext) => Promise<Response> {
  let last: Readiness | undefined;
  return async (c) => {
    if (last === undefined || Date.now() - last.at > READY_TTL_MS) {
      const { manifest } = c.get("services").vision;
      last = { at: Date.now(), models: await lookUp(c.env.MODELS, manifest) };
    }
    const states = Object.values(last.models);
    const ready = states.length > 0 && states.every(Boolean);
    return c.json({ status: ready ? "ready" : "not ready", models: last.models }, ready ? 200 : 503);
  };
}

async function lookUp(bucket: R2Bucket, manifest: Manifest): Promise<Record<string, boolean>> {
  const names = Task.options.flatMap((task) => defaultModel(manifest, task) ?? []);
  const entries = names.map(async (name) => {
    const { variants, default_variant: variant } = manifest.models[name];
    const files = Object.values(variants[variant]?.graphs ?? {}).flatMap(({ graph, weights }) => [
      graph,
      weights,
    ]);
    const heads = await Promise.all(files.map(({ key }) => bucket.head(key).catch(() => null)));
    return [name, heads.every((head, i) => head?.size === files[i].bytes)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
