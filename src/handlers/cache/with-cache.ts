/**
 * Keeps answers in the Cache API of the Worker's location, where the configuration says for how long (`CACHE_SECONDS`).
 *
 * What is kept there is ours alone. Callers are told `no-store` (the middleware of security headers): the answer to a POST is nothing that a cache could give again
 * without asking (RFC 9110 §9.3.3), and it is about somebody's picture. How ours dealt with a request is said by `Cache-Status` (RFC 9211).
 *
 * @module
 */
import { within } from "../../runtime/within.ts";
import { type AppContext, type CacheState, keepAlive, type LogFields } from "../context.ts";
import type { Question } from "../question.ts";
import { cacheKey } from "./key.ts";

/** Our own name: nothing else reads it, and `fetch` does not. */
const CACHE_NAME = "edge-vision";

/** Carries what the log said of the answer, which a hit says again. It never leaves the cache. */
const LOG_HEADER = "Edge-Vision-Log";

/** RFC 9211 §2.2: why a request went past the cache. */
const CACHE_STATUS: Readonly<Record<CacheState, string>> = {
  hit: "hit",
  miss: "fwd=uri-miss",
  refresh: "fwd=request",
  bypass: "fwd=bypass",
  failed: "fwd=bypass",
};

/**
 * The kept answer, or a new one, which is then kept. A request's `Cache-Control: no-cache` has a new one made, `no-store` has nothing kept (RFC 9111 §5.2.1). A cache that
 * fails is passed by.
 *
 * @param answer throws where there is none: problems are not kept
 */
export async function withCache(
  c: AppContext,
  image: Uint8Array,
  question: Question,
  answer: () => Promise<Response>,
): Promise<Response> {
  const { cacheSeconds, storageTimeoutMs } = c.get("services").config;
  if (cacheSeconds === 0) return answer();
  const wish = c.req.header("cache-control") ?? "";
  if (/\bno-store\b/i.test(wish)) return tell(c, await answer(), "bypass");
  const refresh = /\bno-cache\b/i.test(wish);
  const key = await cacheKey(c, image, question);
  let cache: Cache;
  try {
    cache = await caches.open(CACHE_NAME);
    const kept = refresh ? undefined : await within(cache.match(key), storageTimeoutMs);
    if (kept !== undefined) return tell(c, restore(c, kept), "hit");
  } catch {
    return tell(c, await answer(), "failed");
  }
  const response = await answer();
  const kept = new Response(response.clone().body, response);
  kept.headers.set("Cache-Control", `max-age=${cacheSeconds}`);
  const { models, image: logged } = c.get("log");
  kept.headers.set(LOG_HEADER, JSON.stringify({ models, image: logged }));
  // Nobody waits for it, and an answer that could not be kept is made again.
  const put = cache.put(key, kept).catch(() => undefined);
  const keep = keepAlive(c);
  if (keep === undefined) await put;
  else keep(put);
  return tell(c, response, refresh ? "refresh" : "miss");
}

/** The answer as it was when it was kept, and what the log said of it. */
function restore(c: AppContext, kept: Response): Response {
  const { models, image } = JSON.parse(kept.headers.get(LOG_HEADER) ?? "{}") as Pick<
    LogFields,
    "models" | "image"
  >;
  const log = c.get("log");
  if (image !== undefined) log.image = image;
  log.models ??= [];
  for (const model of models ?? []) {
    if (!log.models.some(({ sha256 }) => sha256 === model.sha256)) {
      log.models.push({ ...model, state: "cached" });
    }
  }
  const headers = [...kept.headers].filter(([name]) => name === "content-type" || name.startsWith("x-model"));
  return new Response(kept.body, { headers });
}

function tell(c: AppContext, response: Response, state: CacheState): Response {
  c.get("log").cache = state;
  response.headers.set("Cache-Status", `edge-vision; ${CACHE_STATUS[state]}`);
  return response;
}
