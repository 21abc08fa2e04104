/**
 * What an environment of wrangler.toml binds, by wrangler's own reading of it.
 *
 * @module
 */
import path from "node:path";
import { unstable_readConfig } from "wrangler";
import { ROOT } from "../models/paths.ts";

/** Names of what has to exist before the Worker is deployed. */
export interface Resources {
  readonly buckets: readonly string[];
  readonly queues: readonly string[];
}

/** The part of wrangler's configuration that is read here. */
interface Bindings {
  readonly r2_buckets?: readonly { readonly bucket_name?: string }[];
  readonly queues?: {
    readonly producers?: readonly { readonly queue: string }[];
    readonly consumers?: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
  };
}

/** Reads wrangler.toml. @param environment `default` for none */
export function boundResources(environment: string): Resources {
  const config = path.join(ROOT, "wrangler.toml");
  const named = environment === "default" ? {} : { env: environment };
  const { r2_buckets = [], queues = {} }: Bindings = unstable_readConfig(
    { config, ...named },
    { hideWarnings: true },
  );
  const { producers = [], consumers = [] } = queues;
  const names = [
    ...producers.map(({ queue }) => queue),
    ...consumers.flatMap(({ queue, dead_letter_queue }) => [queue, dead_letter_queue ?? []].flat()),
  ];
  return {
    buckets: r2_buckets.flatMap(({ bucket_name }) => bucket_name ?? []),
    queues: [...new Set(names)],
  };
}
