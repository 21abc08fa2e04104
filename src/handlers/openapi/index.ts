/**
 * `GET /openapi.json` and `GET /docs`, from the document that `npm run openapi` wrote.
 *
 * @module
 */
import type { AppContext } from "../context.ts";
import document from "./generated/document.json";
import { renderPage } from "./page.ts";

/** What the examples have in place of the deployment's address. */
const ORIGIN = "{origin}";

/** Answers with the OpenAPI 3.1 document. Any page may read it: it holds nothing secret. */
export function getOpenApi(c: AppContext): Response {
  return c.body(textFor(c), 200, {
    "Content-Type": "application/json",
    "Access-Control-Allow-Origin": "*",
  });
}

/** Answers with the document as a page. */
export function getDocs(c: AppContext): Response | Promise<Response> {
  const nonce = crypto.randomUUID();
  return c.html(renderPage(JSON.parse(textFor(c)), nonce), 200, {
    "Content-Security-Policy": `default-src 'none'; style-src 'nonce-${nonce}'; frame-ancestors 'none'; base-uri 'none'`,
  });
}

/** The document as JSON, its examples with the address that was asked. An origin needs no escaping (WHATWG URL). */
function textFor(c: AppContext): string {
  return JSON.stringify(document).replaceAll(ORIGIN, new URL(c.req.url).origin);
}
