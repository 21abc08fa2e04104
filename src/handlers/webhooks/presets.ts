/**
 * Senders of webhooks as they document themselves: how they sign, which header tells a delivery from another, and where the picture lies.
 *
 * @module
 */

/** How a sender proves that it is who it says it is; see verify.ts. */
export const SCHEMES = [
  "standard",
  "github",
  "shopify",
  "cloudinary",
  "sanity",
  "contentful",
  "hmac-hex",
  "hmac-base64",
  "bearer",
  "none",
] as const;
export type Scheme = (typeof SCHEMES)[number];

/** A sender's defaults; a source's configuration may say otherwise for each. */
export interface Preset {
  readonly scheme: Scheme;
  /** The header that is the same when a delivery is repeated, where the sender has one; the body's digest stands in for it. */
  readonly delivery?: string;
  /** JSON Pointers. */
  readonly image?: string;
  readonly id?: string;
  readonly callback?: string;
}

/** Every preset by its name. */
export const PRESETS = {
  /** https://www.standardwebhooks.com: `webhook-id`, `-timestamp`, `-signature`. */
  standard: {
    scheme: "standard",
    delivery: "webhook-id",
    image: "/data/image_url",
    id: "/data/id",
    callback: "/data/callback_url",
  },
  /** `X-Hub-Signature-256: sha256=<hex>`. What of an event is a picture, GitHub leaves open: `image` must be configured. */
  github: { scheme: "github", delivery: "x-github-delivery" },
  /** `X-Shopify-Hmac-Sha256`, base64; the product topics carry their picture. */
  shopify: { scheme: "shopify", delivery: "x-shopify-webhook-id", image: "/image/src", id: "/id" },
  /** `X-Cld-Signature`: SHA-1 or SHA-256 over body, `X-Cld-Timestamp` and secret. */
  cloudinary: { scheme: "cloudinary", image: "/secure_url", id: "/public_id" },
  /** `sanity-webhook-signature: t=<ms>,v1=<base64url>`; a document of type `sanity.imageAsset`. */
  sanity: { scheme: "sanity", delivery: "idempotency-key", image: "/url", id: "/_id" },
  /** `x-contentful-signature` over method, path, signed headers and body; an asset of the locale en-US. */
  contentful: {
    scheme: "contentful",
    delivery: "x-contentful-idempotency-key",
    image: "/fields/file/en-US/url",
    id: "/sys/id",
  },
  /** Strapi signs nothing: its webhooks carry a header that one sets oneself, `Authorization: Bearer <secret>`. */
  strapi: { scheme: "bearer", image: "/media/url", id: "/media/id" },
  /** Any other sender with an HMAC-SHA256 over the body in a header (`header`, by default `X-Signature`). */
  hmac: { scheme: "hmac-hex" },
  /** Any other sender that can send a fixed token. */
  bearer: { scheme: "bearer" },
  /** Event notifications of R2, which come through the queue and not by HTTP. */
  r2: { scheme: "none" },
} as const satisfies Record<string, Preset>;
