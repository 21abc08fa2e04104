/**
 * The Worker that the tests' real queue delivers to: webhooks configured, a tiny model, no waiting between retries.
 *
 * @module
 */
import { env } from "cloudflare:workers";
import { createApp } from "../../../src/app.ts";
import { parseConfig } from "../../../src/config.ts";
import { kernels } from "../../../src/runtime/engines/kernels/worker.ts";
import { storedColorModel } from "./color-model.ts";
import { manifestOf } from "./stored-model.ts";

/** Secrets of the tests, by source. */
export const SECRETS = {
  old: "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9s",
  current: "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5l",
  callback: "whsec_Y2FsbGJhY2stc2VjcmV0LW9mLXRoZS10ZXN0cyEh",
  github: "a secret of github".replaceAll(" ", "-"),
  contentful: "c".repeat(64),
  strapi: "a-token-of-strapi-0123456789",
} as const;

/** The model of the tests. */
export const model = await storedColorModel("mobilenet_v3_small", { verification: "verified" });

/** Variables as a deployment would set them. */
export const variables = {
  IMAGE_URL_TIMEOUT_MS: "500",
  CALLBACK_TIMEOUT_MS: "500",
  STORAGE_TIMEOUT_MS: "2000",
  MAX_IMAGE_BYTES: "1000000",
  RETRY_DELAYS_S: "0",
  CALLBACK_SECRETS: SECRETS.callback,
  WEBHOOKS: JSON.stringify({
    shop: { preset: "standard", options: { detector: "none" } },
    github: { preset: "github", image: "/release/image", callback: "/release/callback" },
    shopify: { preset: "shopify" },
    cloudinary: { preset: "cloudinary" },
    sanity: { preset: "sanity" },
    contentful: { preset: "contentful" },
    strapi: { preset: "strapi" },
    plain: { preset: "hmac", header: "X-Plain-Signature", image: "/image" },
    uploads: { preset: "r2" },
  }),
  WEBHOOK_SECRETS_SHOP: `${SECRETS.old}, ${SECRETS.current}`,
  WEBHOOK_SECRETS_GITHUB: SECRETS.github,
  WEBHOOK_SECRETS_SHOPIFY: SECRETS.github,
  WEBHOOK_SECRETS_CLOUDINARY: SECRETS.github,
  WEBHOOK_SECRETS_SANITY: SECRETS.github,
  WEBHOOK_SECRETS_CONTENTFUL: SECRETS.contentful,
  WEBHOOK_SECRETS_STRAPI: SECRETS.strapi,
  WEBHOOK_SECRETS_PLAIN: SECRETS.github,
} as const;

/** Log lines, as they were written. */
export const lines: string[] = [];

/** What a test makes R2 do. */
export const faults: {
  /** Called before each `put` of the bucket of results; may throw. */
  beforePut?: ((key: string, value: string) => void) | undefined;
} = {};

/** Keys that were put into the bucket of results, in order. */
export const puts: string[] = [];

/** The application of the tests. */
export const app = createApp({
  manifest: manifestOf([model]),
  engines: [kernels],
  config: parseConfig({ ...env, ...variables }),
  log: (line) => lines.push(line),
});

/** The environment, its bucket of results with faults. */
export function faultyEnv(): Cloudflare.Env {
  const bucket = env.RESULTS;
  if (bucket === undefined) throw new Error("wrangler.toml binds no RESULTS");
  const RESULTS = new Proxy(bucket, {
    get(target, property) {
      if (property === "put") {
        return async (key: string, value: string, options: R2PutOptions) => {
          faults.beforePut?.(key, value);
          const object = await target.put(key, value, options);
          puts.push(key);
          return object;
        };
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { ...env, RESULTS };
}

export default {
  fetch: (request, _, ctx) => app.fetch(request, faultyEnv(), ctx),
  queue: (batch, _, ctx) => app.queue(batch, faultyEnv(), ctx),
} satisfies ExportedHandler<Cloudflare.Env>;
