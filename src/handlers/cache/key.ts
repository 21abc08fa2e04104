/**
 * What an answer is kept under: a digest of all that decides it.
 *
 * @module
 */
import { VERSION } from "../../version.ts";
import { digestBytes, digestText, toHex } from "../bytes.ts";
import type { AppContext } from "../context.ts";
import { type Question, questionParts } from "../question.ts";
import { isTrusted } from "../trusted.ts";

/**
 * The address of an answer in the cache, on the host that was called, as Cloudflare advises (an address elsewhere would be looked up). Each version of the Worker has answers of its own.
 *
 * Who calls is part of it. Every key may ask the same, so no answer would be wrong for another's caller; but that an answer is there would tell one that the other
 * has sent the same image.
 */
export async function cacheKey(c: AppContext, image: Uint8Array, question: Question): Promise<string> {
  const parts = {
    version: c.env.DEPLOYMENT?.id ?? VERSION,
    route: c.req.path,
    caller: isTrusted(c.env) ? ["binding"] : ["key", c.get("log").caller],
    image: toHex(await digestBytes(image)),
    ...questionParts(question, c.get("services").vision.engines),
  };
  const digest = toHex(await digestText(JSON.stringify(parts)));
  return new URL(`/.cache/${digest}`, c.req.url).href;
}
