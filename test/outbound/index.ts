/**
 * The world as the Worker under test meets it: miniflare hands every request that leaves the Worker to {@link outbound}.
 *
 * @module
 */
import { type Request, Response } from "miniflare";
import { startCallbackServer } from "./callback-server.ts";
import { imageHost } from "./image-host.ts";

/** Hosts of the world. */
const IMAGES = "images.edge-vision.dev";
const CALLBACKS = "callbacks.edge-vision.dev";

let callbackServer: Promise<string> | undefined;

/** Answers for the world. Callbacks go to a real HTTP server of this machine. */
export async function outbound(request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (url.hostname === IMAGES) return imageHost(url);
  if (url.hostname !== CALLBACKS) return new Response("no such host", { status: 530 });
  callbackServer ??= startCallbackServer();
  const response = await fetch(new URL(url.pathname + url.search, await callbackServer), {
    method: request.method,
    headers: [...request.headers].filter(([name]) => name !== "host" && name !== "content-length"),
    ...(request.method === "POST" && { body: await request.arrayBuffer() }),
    redirect: "manual",
  });
  const body = response.status === 204 ? null : await response.arrayBuffer();
  return new Response(body, { status: response.status, headers: [...response.headers] });
}
