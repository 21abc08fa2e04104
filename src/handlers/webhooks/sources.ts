/**
 * The sources of webhooks, as the variable `WEBHOOKS` configures them (JSON, by name), with their secrets.
 *
 * @module
 */
import * as z from "zod";
import { type TagOptions, TagQuery } from "../tag.ts";
import { POINTER } from "./pointer.ts";
import { PRESETS, type Preset, SCHEMES, type Scheme } from "./presets.ts";

/** A source. */
export interface WebhookSource {
  readonly name: string;
  readonly scheme: Scheme;
  /** Any of these will do, so that they can be changed one after the other. */
  readonly secrets: readonly string[];
  /** Where `hmac-*` finds the signature. */
  readonly header: string;
  readonly delivery?: string | undefined;
  readonly image?: string | undefined;
  readonly id?: string | undefined;
  readonly callback?: string | undefined;
  /** Where results go when the payload does not say. */
  readonly callbackUrl?: string | undefined;
  /** Hosts that pictures and callbacks may be at; any public one where empty. */
  readonly imageHosts: readonly string[];
  readonly callbackHosts: readonly string[];
  readonly options: TagOptions;
}

/** A configuration that is wrong: which variable, and why. Never a value. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  constructor(
    readonly variable: string,
    message: string,
  ) {
    super(message);
  }
}

/** Of a source's name: it is part of an address and of a variable's name. */
const NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** Shortest secret, in characters: sixteen random bytes in hexadecimal digits are twice that. */
const MIN_SECRET = 16;

/** What `standardwebhooks` takes: 24 bytes or more in base64. */
export const STANDARD_SECRET = /^(whsec_)?[A-Za-z0-9+/]{32,}={0,2}$/;

/** Made when it is needed: most deployments have no webhooks, and schemas cost time at the start. */
function schema() {
  const pointer = z.string().regex(POINTER, "a JSON Pointer such as /data/image_url");
  const hosts = z.array(z.string().regex(/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/, "a host or *.host"));
  return z.record(
    z.string().regex(NAME, "names of small letters, digits and hyphens"),
    z.strictObject({
      preset: z.enum(Object.keys(PRESETS) as [keyof typeof PRESETS]),
      scheme: z.enum(SCHEMES).exclude(["none"]).optional(),
      header: z
        .string()
        .regex(/^[A-Za-z0-9-]+$/)
        .default("X-Signature"),
      delivery: z
        .string()
        .regex(/^[A-Za-z0-9-]+$/)
        .optional(),
      image: pointer.optional(),
      id: pointer.optional(),
      callback: pointer.optional(),
      callback_url: z.url().max(2048).optional(),
      image_hosts: hosts.default([]),
      callback_hosts: hosts.default([]),
      options: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
    }),
  );
}

/** The variable that holds a source's secrets: `WEBHOOK_SECRETS_MY_SHOP` for `my-shop`. */
export function secretsVariable(name: string): string {
  return `WEBHOOK_SECRETS_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** Secrets separated by commas, blanks or line breaks. */
export function splitSecrets(text: unknown): string[] {
  return typeof text === "string" ? text.split(/[\s,]+/).filter((secret) => secret !== "") : [];
}

/**
 * @param text the variable `WEBHOOKS`
 * @param env where the secrets are
 * @throws {SourceError}
 */
export function parseSources(
  text: string,
  env: Readonly<Record<string, unknown>>,
): Map<string, WebhookSource> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SourceError("WEBHOOKS", "it is not JSON");
  }
  const parsed = schema().safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SourceError("WEBHOOKS", `${issue.path.join(".")}: ${issue.message}`);
  }
  const sources = Object.entries(parsed.data).map(([name, { preset, options, ...own }]): WebhookSource => {
    const defaults: Preset = PRESETS[preset];
    const scheme = own.scheme ?? defaults.scheme;
    const image = own.image ?? defaults.image;
    if (image === undefined && scheme !== "none") {
      throw new SourceError("WEBHOOKS", `${name}.image: a JSON Pointer to the image's address is needed`);
    }
    return {
      name,
      scheme,
      secrets: scheme === "none" ? [] : secretsOf(name, scheme, env),
      header: own.header,
      delivery: own.delivery ?? defaults.delivery,
      image,
      id: own.id ?? defaults.id,
      callback: own.callback ?? defaults.callback,
      callbackUrl: own.callback_url,
      imageHosts: own.image_hosts,
      callbackHosts: own.callback_hosts,
      options: parseOptions(name, options),
    };
  });
  return new Map(sources.map((source) => [source.name, source]));
}

function secretsOf(name: string, scheme: Scheme, env: Readonly<Record<string, unknown>>): string[] {
  const variable = secretsVariable(name);
  const secrets = splitSecrets(env[variable]);
  if (secrets.length === 0) throw new SourceError(variable, "the secrets of this webhook source are needed");
  if (secrets.some((secret) => secret.length < MIN_SECRET)) {
    throw new SourceError(variable, `a secret is shorter than ${MIN_SECRET} characters`);
  }
  if (scheme === "standard" && !secrets.every((secret) => STANDARD_SECRET.test(secret))) {
    throw new SourceError(variable, "a secret is not whsec_ and 24 bytes or more in base64");
  }
  return secrets;
}

/** The defaults of `POST /v1/tag`, and what the source sets. */
export function parseOptions(name: string, options: Readonly<Record<string, string | number>>): TagOptions {
  const texts = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, String(value)]));
  const parsed = TagQuery.strict().safeParse(texts);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SourceError("WEBHOOKS", `${name}.options.${issue.path.join(".")}: ${issue.message}`);
}
