/**
 * A real HTTP server that takes callbacks, as a customer's would: it keeps what it was sent, and fails as often as it is told.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A callback as it came. */
export interface ReceivedCallback {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** What it was answered. */
  readonly status: number;
}

/**
 * Starts the server. `POST /<box>?failures=3&status=500` answers 500 three times, then 204; `retry_after` and `location` become headers of failures. `GET /<box>`
 * gives what the box got.
 *
 * @returns its origin
 */
export async function startCallbackServer(): Promise<string> {
  const boxes = new Map<string, ReceivedCallback[]>();
  const server = createServer((request, response) => {
    void answer(request, response, boxes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The test run ends when its tests do, not when this server does.
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  boxes: Map<string, ReceivedCallback[]>,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const box = boxes.get(pathname) ?? [];
  boxes.set(pathname, box);
  if (request.method === "GET") {
    response.setHeader("content-type", "application/json").end(JSON.stringify(box));
    return;
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  const failing = box.length < Number(searchParams.get("failures") ?? 0);
  const status = failing ? Number(searchParams.get("status") ?? 500) : 204;
  for (const name of ["retry-after", "location"]) {
    const value = searchParams.get(name);
    if (failing && value !== null) response.setHeader(name, value);
  }
  box.push({ headers: request.headers, body, status });
  response.writeHead(status).end();
}
