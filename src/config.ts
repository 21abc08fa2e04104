/**
 * The Worker's configuration: plain variables (`[vars]` in wrangler.toml, `--var`, `.dev.vars`), parsed once when the Worker starts.
 *
 * @module
 */
import * as z from "zod";
import { fromHex } from "./handlers/bytes.ts";
import {
  parseSources,
  SourceError,
  STANDARD_SECRET,
  type WebhookSource,
} from "./handlers/webhooks/sources.ts";
import { ISOLATE_BYTES } from "./runtime/memory.ts";

const MEBIBYTE = 2 ** 20;

/** A count given as a variable's text. */
function integer(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, `a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum));
}

/** Words separated by commas, blanks or line breaks; none by default. */
function words(pattern: RegExp, accepted: string) {
  return z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ""))
    .pipe(z.array(z.string().regex(pattern, accepted)))
    .prefault("");
}

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** Every variable, by name, with its default. */
const Variables = z.object({
  /** Largest picture file, in bytes. */
  MAX_IMAGE_BYTES: integer(1, 100 * MEBIBYTE).prefault(String(20 * MEBIBYTE)),
  /** Most pixels of a picture: width times height. */
  MAX_IMAGE_PIXELS: integer(1, 1e9).prefault(String(1e8)),
  /** Longest side of a picture, in pixels; 65,535 is the most that JPEG can say. */
  MAX_IMAGE_SIDE: integer(1, 1e6).prefault("65535"),
  /** Images of one request at most. Of the slowest network here (0.6 s a run warm, three times that cold: bench/results/engines.md), eight stay well within the 30 s of CPU that a request has. */
  MAX_IMAGES: integer(1, 64).prefault("8"),
  /** Requests that are inside at most: the one that runs and those that wait. */
  QUEUE_DEPTH: integer(1, 10_000).prefault("256"),
  /** Bytes of bodies that they hold at most. */
  QUEUE_BYTES: integer(1, 1024 * MEBIBYTE).prefault(String(24 * MEBIBYTE)),
  /** Memory that a request may take in all, in bytes. A Worker has 128 MiB; more is for local use, where nothing enforces it. */
  MEMORY_LIMIT_BYTES: integer(16 * MEBIBYTE, 16_384 * MEBIBYTE).prefault(String(ISOLATE_BYTES)),
  /** Memory that open models may take together, in bytes; beyond it the least recently used are closed. */
  MODEL_BUDGET_BYTES: integer(MEBIBYTE, 16_384 * MEBIBYTE).prefault(String(72 * MEBIBYTE)),
  /** Most milliseconds to wait for R2, or for the queue of jobs, at a time. */
  STORAGE_TIMEOUT_MS: integer(1, 300_000).prefault("10000"),
  /** Whether a request may choose the engine (`?engine=`): two engines in one isolate cost memory. */
  ALLOW_ENGINE_CHOICE: flag.prefault("false"),
  /** How long an answer is kept, to be given again for the same image, models and parameters; 0 keeps none. */
  CACHE_SECONDS: integer(0, 31_536_000).prefault("0"),
  /** Whether the log and `Server-Timing` tell what a request's time went to: where clocks run while code does, as locally. Deployed, they stand still. */
  TIMINGS: flag.prefault("false"),
  /** A secret: who may call. A key's name and the SHA-256 of the key, in hexadecimal digits; several stand side by side. Everyone may call where it is not set. */
  API_KEYS: words(
    /^[A-Za-z0-9._-]{1,64}=[0-9a-fA-F]{64}$/,
    "name=<SHA-256 of the key, 64 hexadecimal digits>, separated by commas",
  ),
  /** Whether models and documentation may be read without a key. */
  PUBLIC_READS: flag.prefault("true"),
  /** Origins whose pages may call from a browser, or `*`. None by default. */
  CORS_ORIGINS: words(
    /^(\*|https?:\/\/[^/?#@\s]+)$/,
    "origins such as https://app.example.com, separated by commas, or *",
  ),
  /** Whether callers may have pictures fetched by address: `off`, `https`, or `http` (which allows both). */
  IMAGE_URLS: z.enum(["off", "https", "http"]).prefault("off"),
  /** Hosts that pictures may be fetched from, exact or `*.example.com`; any public one by default. */
  IMAGE_URL_HOSTS: words(
    /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/,
    "hosts such as images.example.com or *.example.com, separated by commas",
  ),
  /** Most milliseconds that such a fetch may take, redirects and body included. */
  IMAGE_URL_TIMEOUT_MS: integer(1, 60_000).prefault("10000"),
  /** Whether callers may name a picture of the bucket IMAGES by its key. */
  ALLOW_IMAGE_KEYS: flag.prefault("false"),
  /** Sources of webhooks, JSON by name; see handlers/webhooks/sources.ts. Each needs its secret `WEBHOOK_SECRETS_<NAME>`. */
  WEBHOOKS: z.string().optional(),
  /** A secret: what callbacks are signed by, as Standard Webhooks writes it; with several, all sign. */
  CALLBACK_SECRETS: words(STANDARD_SECRET, "whsec_ and 24 bytes or more in base64, separated by commas"),
  /** Most milliseconds that a callback may take; Standard Webhooks says 15 to 30 seconds. */
  CALLBACK_TIMEOUT_MS: integer(1, 30_000).prefault("15000"),
  /**
   * Seconds between attempts at a job, the last for all that follow: Standard Webhooks' schedule, 100 hours with ten retries. The free plan's queues forget after a day:
   * `5,300,1800,3600,3600,3600,3600,3600,7200,7200` ends after 10 hours.
   */
  RETRY_DELAYS_S: words(/^\d{1,5}$/, "seconds, separated by commas").prefault(
    "5,300,1800,7200,18000,36000,50400,72000,86400,86400",
  ),
});

/** How `/v1/*` fetches pictures by address, and webhooks theirs. */
export interface FetchConfig {
  /** Whether a caller of `/v1/*` may name an address. */
  readonly enabled: boolean;
  readonly allowHttp: boolean;
  /** Exact hosts, or `*.example.com`; any public one where empty. */
  readonly hosts: readonly string[];
  readonly timeoutMs: number;
}

/** Names of all variables. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(Variables.shape);

/** How pictures are tagged by webhook. */
export interface WebhookConfig {
  readonly sources: ReadonlyMap<string, WebhookSource>;
  /** Sign callbacks, all of them. */
  readonly callbackSecrets: readonly string[];
  readonly callbackTimeoutMs: number;
  /** Seconds before the second attempt, the third, …; the last one is used for all that follow. */
  readonly retryDelays: readonly number[];
}

/** One key of `API_KEYS`. */
export interface ApiKey {
  readonly name: string;
  readonly sha256: Uint8Array;
}

/** The parsed configuration. */
export interface Config {
  readonly maxImageBytes: number;
  readonly maxImagePixels: number;
  readonly maxImageSide: number;
  readonly maxImages: number;
  readonly queueDepth: number;
  readonly queueBytes: number;
  readonly memoryLimitBytes: number;
  readonly modelBudgetBytes: number;
  readonly storageTimeoutMs: number;
  readonly allowEngineChoice: boolean;
  /** 0 keeps none. */
  readonly cacheSeconds: number;
  readonly timings: boolean;
  readonly apiKeys: readonly ApiKey[];
  readonly publicReads: boolean;
  readonly corsOrigins: readonly string[];
  readonly fetch: FetchConfig;
  readonly allowImageKeys: boolean;
  readonly webhooks: WebhookConfig;
}

/**
 * Parses the Worker's variables; bindings and unknown names among them are passed over.
 *
 * @throws {Error} that names each wrong variable and what it accepts.
 * @example
 * ```ts
 * import { env } from "cloudflare:workers";
 * const config = parseConfig(env);
 * ```
 */
export function parseConfig(env: object): Config {
  const parsed = Variables.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
    throw new Error(`The configuration is wrong. ${problems.join(". ")}`);
  }
  const values = parsed.data;
  if (values.QUEUE_BYTES < values.MAX_IMAGE_BYTES) {
    throw new Error(
      "The configuration is wrong. QUEUE_BYTES: less than MAX_IMAGE_BYTES, so that no large picture could wait",
    );
  }
  return {
    maxImageBytes: values.MAX_IMAGE_BYTES,
    maxImagePixels: values.MAX_IMAGE_PIXELS,
    maxImageSide: values.MAX_IMAGE_SIDE,
    maxImages: values.MAX_IMAGES,
    queueDepth: values.QUEUE_DEPTH,
    queueBytes: values.QUEUE_BYTES,
    memoryLimitBytes: values.MEMORY_LIMIT_BYTES,
    modelBudgetBytes: values.MODEL_BUDGET_BYTES,
    storageTimeoutMs: values.STORAGE_TIMEOUT_MS,
    allowEngineChoice: values.ALLOW_ENGINE_CHOICE,
    cacheSeconds: values.CACHE_SECONDS,
    timings: values.TIMINGS,
    apiKeys: values.API_KEYS.map(toApiKey),
    publicReads: values.PUBLIC_READS,
    corsOrigins: values.CORS_ORIGINS,
    fetch: {
      enabled: values.IMAGE_URLS !== "off",
      allowHttp: values.IMAGE_URLS === "http",
      hosts: values.IMAGE_URL_HOSTS,
      timeoutMs: values.IMAGE_URL_TIMEOUT_MS,
    },
    allowImageKeys: values.ALLOW_IMAGE_KEYS,
    webhooks: {
      sources: sourcesOf(values, env),
      callbackSecrets: values.CALLBACK_SECRETS,
      callbackTimeoutMs: values.CALLBACK_TIMEOUT_MS,
      retryDelays: values.RETRY_DELAYS_S.map(Number),
    },
  };
}

/** @throws {Error} that names the variable or the binding */
function sourcesOf(
  { WEBHOOKS, CALLBACK_SECRETS }: z.output<typeof Variables>,
  env: object,
): ReadonlyMap<string, WebhookSource> {
  if (WEBHOOKS === undefined) return new Map();
  try {
    const sources = parseSources(WEBHOOKS, { ...env });
    for (const binding of ["TAGS", "RESULTS"]) {
      if (!(binding in env))
        throw new SourceError("WEBHOOKS", `they need the binding ${binding} (wrangler.toml)`);
    }
    const calls = [...sources.values()].some(
      (one) => one.callback !== undefined || one.callbackUrl !== undefined,
    );
    if (calls && CALLBACK_SECRETS.length === 0) {
      throw new SourceError("CALLBACK_SECRETS", "webhooks with callbacks need a secret to sign them by");
    }
    return sources;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new Error(`The configuration is wrong. ${error.variable}: ${error.message}`);
  }
}

function toApiKey(entry: string): ApiKey {
  const [name, digest] = entry.split("=");
  return { name, sha256: fromHex(digest) };
}
