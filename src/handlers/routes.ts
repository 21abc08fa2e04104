/**
 * Mounts routes so that a wrong method is told from a wrong address.
 *
 * @module
 */
import type { AppContext } from "./context.ts";
import { problem } from "./problem.ts";

/** Methods that routes are mounted for. */
export type Method = "GET" | "POST";

/** What answers a request. */
export type Handler = (c: AppContext) => Response | Promise<Response>;

/** The part of a Hono app that mounting needs. */
export interface Mountable {
  on(method: string, path: string, handler: Handler): unknown;
  all(path: string, handler: Handler): unknown;
}

/**
 * Mounts the handlers of one path; other methods are answered 405 with `Allow`. Hono answers HEAD by GET.
 *
 * @example
 * ```ts
 * mount(app, "/healthz", { GET: (c) => c.json({ status: "ok" }) });
 * ```
 */
export function mount(
  app: Mountable,
  path: string,
  handlers: Readonly<Partial<Record<Method, Handler>>>,
): void {
  for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler);
  const allowed = Object.keys(handlers).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  const allow = allowed.join(", ");
  app.all(path, (c) => {
    throw problem("method-not-allowed", `${c.req.method} is not taken here; ${allow} is.`, {
      headers: { Allow: allow },
    });
  });
}
