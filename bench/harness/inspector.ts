/**
 * Memory of a running Worker, through V8's inspector.
 *
 * @module
 */

/** What `Runtime.getHeapUsage` tells, in bytes. */
export interface HeapUsage {
  /** V8's used heap. */
  readonly usedSize: number;
  /** Backing stores of ArrayBuffers, WebAssembly memory among them. */
  readonly backingStorageSize: number;
}

/** An open inspector connection. */
export interface Inspector {
  heapUsage(): Promise<HeapUsage>;
  /** Asks V8 to collect garbage: what is left is what is held. */
  collectGarbage(): Promise<void>;
  close(): void;
}

/** Connects to a Worker's inspector. */
export async function openInspector(url: URL): Promise<Inspector> {
  const list = (await (await fetch(new URL("/json/list", toHttp(url)))).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const target = list.find((one) => one.webSocketDebuggerUrl !== undefined);
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? url);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error(`The inspector at ${url} cannot be reached.`)));
  });
  const waiting = new Map<number, (result: unknown) => void>();
  let last = 0;
  socket.addEventListener("message", (event) => {
    const message = JSON.parse(String(event.data)) as { id?: number; result?: unknown };
    if (message.id === undefined) return;
    waiting.get(message.id)?.(message.result);
    waiting.delete(message.id);
  });
  const send = (method: string) =>
    new Promise<unknown>((resolve) => {
      const id = ++last;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method }));
    });
  return {
    heapUsage: async () => (await send("Runtime.getHeapUsage")) as HeapUsage,
    async collectGarbage() {
      await send("HeapProfiler.enable");
      await send("HeapProfiler.collectGarbage");
    },
    close: () => socket.close(),
  };
}

function toHttp(url: URL): URL {
  const http = new URL(url);
  http.protocol = "http:";
  return http;
}
