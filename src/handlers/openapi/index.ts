/**
 * `GET /openapi.json` and `GET /docs`.
 *
 * @module
 */
import type { AppContext } from "../context.ts";
import { buildDocument, type OpenApiDocument } from "./document.ts";
import { type Reference, renderPage } from "./page.ts";

/** Building takes some milliseconds; an isolate answers under one address, mostly. */
let built: { readonly origin: string; readonly document: OpenApiDocument } | undefined;

function documentFor(c: AppContext): OpenApiDocument {
  const { origin } = new URL(c.req.url);
  if (built?.origin !== origin) built = { origin, document: buildDocument(origin) };
  return built.document;
}

/** Answers with the OpenAPI 3.1 document. Any page may read it: it holds nothing secret. */
export function getOpenApi(c: AppContext): Response {
  return c.json(documentFor(c), 200, { "Access-Control-Allow-Origin": "*" });
}

/** Answers with the document as a page. */
export function getDocs(c: AppContext): Response | Promise<Response> {
  const nonce = crypto.randomUUID();
  return c.html(renderPage(documentFor(c) as unknown as Reference, nonce), 200, {
    "Content-Security-Policy": `default-src 'none'; style-src 'nonce-${nonce}'; frame-ancestors 'none'; base-uri 'none'`,
  });
}
