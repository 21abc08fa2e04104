/**
 * Memory of a running Worker, through V8's inspector.
 *
 * @module
 */

/** What `Runtime.getHeapUsage` tells, in bytes. */
export interface HeapUsage {
  /** V8's used heap. */
  readonly usedSize: number;
  /** Backing stores of ArrayBuffers; WebAssembly memory is not among them. */
  readonly backingStorageSize: number;
}

/** An open inspector connection. */
export interface Inspector {
  heapUsage(): Promise<HeapUsage>;
  /** Asks V8 to collect garbage: what is left is what is held. */
  collectGarbage(): Promise<void>;
  /** Bytes of all WebAssembly memories, which V8 counts nowhere; they never shrink. Collects garbage first. */
  wasmBytes(): Promise<number>;
  /** Samples what the Worker does while `work` goes on. */
  profile(work: () => Promise<unknown>): Promise<Profile>;
  close(): void;
}

/** A function in a {@link Profile}. */
export interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    /** Counted from 0. */
    readonly lineNumber: number;
  };
}

/** `Profiler.Profile` of the Chrome DevTools Protocol. */
export interface Profile {
  readonly nodes: readonly ProfileNode[];
  /** Of each sample, which function ran. */
  readonly samples: readonly number[];
  /** Microseconds between samples. */
  readonly timeDeltas: readonly number[];
}

/** What the inspector sends: an answer, or an event. */
interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly method?: string;
  readonly params?: { readonly context?: { readonly id: number } };
}

/** A value in the Worker (Chrome DevTools Protocol, `Runtime.RemoteObject`). */
interface RemoteObject {
  readonly objectId?: string;
  readonly value?: number;
}

interface Evaluated {
  readonly result: RemoteObject;
}

/** Microseconds between a profile's samples. */
const SAMPLING_US = 200;

const SUM_OF_MEMORIES =
  "function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }";

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
  let contextId: number | undefined;
  socket.addEventListener("message", (event) => {
    const message = JSON.parse(String(event.data)) as Message;
    if (message.method === "Runtime.executionContextCreated") contextId = message.params?.context?.id;
    if (message.id === undefined) return;
    waiting.get(message.id)?.(message.result);
    waiting.delete(message.id);
  });
  const send = <Result>(method: string, params = {}) =>
    new Promise<Result>((resolve) => {
      const id = ++last;
      waiting.set(id, (result) => resolve(result as Result));
      socket.send(JSON.stringify({ id, method, params }));
    });
  // Tells the context's number, without which nothing is evaluated.
  await send("Runtime.enable");
  return {
    heapUsage: () => send<HeapUsage>("Runtime.getHeapUsage"),
    async collectGarbage() {
      await send("HeapProfiler.enable");
      await send("HeapProfiler.collectGarbage");
    },
    async wasmBytes() {
      const expression = "WebAssembly.Memory.prototype";
      const prototype = await send<Evaluated>("Runtime.evaluate", { expression, contextId });
      const { objects } = await send<{ objects: RemoteObject }>("Runtime.queryObjects", {
        prototypeObjectId: prototype.result.objectId,
      });
      const sum = await send<Evaluated>("Runtime.callFunctionOn", {
        objectId: objects.objectId,
        functionDeclaration: SUM_OF_MEMORIES,
        returnByValue: true,
      });
      return sum.result.value ?? Number.NaN;
    },
    async profile(work) {
      await send("Profiler.enable");
      await send("Profiler.setSamplingInterval", { interval: SAMPLING_US });
      await send("Profiler.start");
      await work();
      return (await send<{ profile: Profile }>("Profiler.stop")).profile;
    },
    close: () => socket.close(),
  };
}

function toHttp(url: URL): URL {
  const http = new URL(url);
  http.protocol = "http:";
  return http;
}
