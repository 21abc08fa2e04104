/**
 * R2 with faults: the real local bucket, its reads counted, delayed or failing as a test wants.
 *
 * @module
 */
import { env } from "cloudflare:workers";

/** What a {@link FaultyBucket} does to a read. */
export interface Faults {
  /** Thrown in place of an answer. */
  error?: Error;
  /** Never answers. */
  hang?: boolean;
  /** Milliseconds before it answers. */
  delayMs?: number;
  /** Fails while the body is read, after so many bytes. */
  breakAfter?: number;
}

/** The bucket of the tests with what can be done to it. */
export interface FaultyBucket {
  readonly bucket: R2Bucket;
  /** Keys that were read, in order. */
  readonly reads: string[];
  faults: Faults;
}

/** Wraps the real local bucket. */
export function faultyBucket(): FaultyBucket {
  const reads: string[] = [];
  const state: FaultyBucket = {
    reads,
    faults: {},
    bucket: new Proxy(env.MODELS, {
      get(target, property) {
        if (property === "get") return (key: string) => get(target, key);
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
  };

  async function get(target: R2Bucket, key: string): Promise<R2ObjectBody | null> {
    reads.push(key);
    const { error, hang, delayMs, breakAfter } = state.faults;
    if (error) throw error;
    if (hang) return new Promise(() => {});
    if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const object = await target.get(key);
    if (object === null || breakAfter === undefined) return object;
    return new Proxy(object, {
      get: (own, property) =>
        property === "body" ? broken(own.body, breakAfter) : Reflect.get(own, property, own),
    });
  }
  return state;
}

function broken(body: ReadableStream<Uint8Array>, after: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let left = after;
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { value } = await reader.read();
      if (left <= 0 || value === undefined) throw new Error("connection lost");
      controller.enqueue(value.subarray(0, left));
      left -= value.byteLength;
    },
  });
}
