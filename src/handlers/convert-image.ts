/**
 * AVIF and HEIC, by Cloudflare's Images binding where the deployment has it. (Local simulation opens AVIF alone, and coarsely.)
 *
 * @module
 */
import type { ConvertImage } from "../codecs/index.ts";
import { within } from "../runtime/within.ts";

/** A converter over an Images binding; none where nothing is bound. The picture comes back as a JPEG, upright, or not at all after so many milliseconds. */
export function convertWith(images: ImagesBinding | undefined, timeoutMs: number): ConvertImage | undefined {
  if (!images) return undefined;
  return async (bytes) => {
    const stream = new Response(Uint8Array.from(bytes)).body;
    if (!stream) throw new Error("an empty picture");
    const convert = async (): Promise<Uint8Array> => {
      const result = await images.input(stream).output({ format: "image/jpeg" });
      return new Uint8Array(await result.response().arrayBuffer());
    };
    return within(convert(), timeoutMs);
  };
}
