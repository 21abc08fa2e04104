/**
 * The Worker in which JPEG decoders are timed; the photos lie in its bucket.
 *
 * @module
 */
/// <reference path="../../src/modules.d.ts" />
import mozjpeg from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import { contest } from "./contest.ts";

/** What the driver asks. */
export interface ContestRequest {
  /** Key of the photo. */
  readonly key: string;
  readonly rounds: number;
  readonly repeats: number;
}

/** As much of the binding as is used. */
interface Bucket {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

export default {
  async fetch(request: Request, env: { MODELS: Bucket }): Promise<Response> {
    try {
      const { key, rounds, repeats } = (await request.json()) as ContestRequest;
      const object = await env.MODELS.get(key);
      if (!object) throw new Error(`no photo ${key}`);
      return Response.json(
        await contest(new Uint8Array(await object.arrayBuffer()), mozjpeg, rounds, repeats),
      );
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
