/**
 * Lets in who shows an API key. Keys are compared by their SHA-256 in constant time; without any configured, everyone may call.
 *
 * @module
 */
import { createMiddleware } from "hono/factory";
import type { ApiKey } from "../../config.ts";
import { digestText, equalBytes } from "../bytes.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { problem } from "../problem.ts";
import { isTrusted } from "../trusted.ts";

/** How the door is set. */
export interface ApiKeyOptions {
  readonly keys: readonly ApiKey[];
  /** Whether what is only read (models, documentation) needs no key. */
  readonly publicReads: boolean;
}

/** Probes come without keys, and webhooks bring their own signature. */
const OPEN = /^\/(healthz|readyz|v2\/health\/(live|ready)|v1\/webhooks\/[^/]+)$/;

/** What a job found is not public, although it is read. */
const JOBS = /^\/v1\/jobs(\/|$)/;

/** See the module. Notes the key's name as `caller`. */
export function apiKey({ keys, publicReads }: ApiKeyOptions) {
  return createMiddleware<AppEnv>(async (c, next) => {
    if (keys.length > 0 && !isOpen(c, publicReads)) {
      const name = await nameOf(presentedKey(c), keys);
      if (name === undefined) {
        throw problem(
          "unauthorized",
          "An API key is needed: Authorization: Bearer <key>, or X-Api-Key: <key>.",
          {
            headers: { "WWW-Authenticate": 'Bearer realm="edge-vision"' },
          },
        );
      }
      c.get("log").caller = name;
    }
    await next();
  });
}

function isOpen(c: AppContext, publicReads: boolean): boolean {
  if (isTrusted(c.env) || OPEN.test(c.req.path)) return true;
  return publicReads && (c.req.method === "GET" || c.req.method === "HEAD") && !JOBS.test(c.req.path);
}

function presentedKey(c: AppContext): string | undefined {
  return c.req.header("x-api-key") ?? /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
}

/** The name of the key; every one is compared, so that the time tells nothing. */
async function nameOf(key: string | undefined, keys: readonly ApiKey[]): Promise<string | undefined> {
  const digest = await digestText(key ?? "");
  let name: string | undefined;
  for (const one of keys) if (equalBytes(digest, one.sha256)) name = one.name;
  return key === undefined ? undefined : name;
}
