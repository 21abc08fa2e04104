/**
 * What an answer is kept under: a digest of all that decides it.
 *
 * @module
 */
import type { Card } from "../../runtime/card.ts";
import type { EngineName } from "../../runtime/engines/engine.ts";
import type { Selection } from "../../runtime/registry/select.ts";
import { VERSION } from "../../version.ts";
import { digestBytes, digestText, toHex } from "../bytes.ts";
import type { AppContext } from "../context.ts";
import { isTrusted } from "../trusted.ts";

/** What is asked of an image. */
export interface Question {
  /** The networks that are run. */
  readonly models: readonly Selection[];
  /** The route's parameters, parsed, their defaults filled in. */
  readonly query: { readonly engine?: EngineName | undefined };
}

/** Parameters that only say which networks are run: which they are is in the key anyway. */
const CHOICES: ReadonlySet<string> = new Set(["model", "variant", "engine", "classifier", "detector"]);

/**
 * The address of an answer in the cache, on the host that was called, as Cloudflare advises (an address elsewhere would be looked up). Each version of the Worker has answers of its own.
 *
 * Who calls is part of it. Every key may ask the same, so no answer would be wrong for another's caller; but that an answer is there would tell one that the other
 * has sent the same image.
 */
export async function cacheKey(
  c: AppContext,
  image: Uint8Array,
  { models, query }: Question,
): Promise<string> {
  const parts = {
    version: c.env.DEPLOYMENT?.id ?? VERSION,
    route: c.req.path,
    caller: isTrusted(c.env) ? ["binding"] : ["key", c.get("log").caller],
    image: toHex(await digestBytes(image)),
    models: models.map(({ variant, stored, model }) => [variant, stored.sha256, relevant(model.card)]),
    engines: query.engine ?? c.get("services").vision.engines,
    options: Object.entries(query)
      .filter(([name]) => !CHOICES.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  const digest = toHex(await digestText(JSON.stringify(parts)));
  return new URL(`/.cache/${digest}`, c.req.url).href;
}

/** What of a card shapes an answer: the same weights may have been installed anew with other labels. */
function relevant({ name, preprocess, output, labels }: Card) {
  return { name, preprocess, output, labels };
}
