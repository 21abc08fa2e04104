/**
 * The Worker in which PNG decoders are timed and watched; the pictures lie in its bucket.
 *
 * @module
 */
import { contest, prepare } from "./contest.ts";

/** As much of the binding as is used. */
interface Bucket {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

/** The picture, held from `load` on, so that its own bytes are not taken for the decoder's. */
let file = new Uint8Array(0);

const METHODS: Readonly<Record<string, (bucket: Bucket, rounds: number) => Promise<unknown>>> = {
  async load(bucket) {
    const object = await bucket.get("picture");
    if (!object) throw new Error("no picture");
    file = new Uint8Array(await object.arrayBuffer());
    return file.length;
  },
  contest: (_bucket, rounds) => contest(file, rounds),
  async prepareWatched() {
    const restore = pauseBeforeWrites();
    try {
      await prepare(file);
    } finally {
      restore();
    }
    return true;
  },
};

/** So many pieces of input lie between two pauses. */
const WRITES_A_PAUSE = 16;

/**
 * Lets the inspector in from time to time: it is answered only when a Worker waits for something from outside, which a decode never
 * does. What is in memory at a pause is what was there before it.
 *
 * @returns what puts an end to it
 */
function pauseBeforeWrites(): () => void {
  const prototype = WritableStreamDefaultWriter.prototype;
  const original = prototype.write;
  let writes = 0;
  prototype.write = async function write(this: WritableStreamDefaultWriter, chunk: unknown) {
    if (++writes % WRITES_A_PAUSE === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    return original.call(this, chunk);
  };
  return () => {
    prototype.write = original;
  };
}

export default {
  async fetch(request: Request, env: { MODELS: Bucket }): Promise<Response> {
    try {
      const { rounds = 1 } = (await request.json()) as { rounds?: number };
      const method = METHODS[new URL(request.url).pathname.slice(1)];
      if (!method) return new Response("no such method", { status: 404 });
      return Response.json(await method(env.MODELS, rounds));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
