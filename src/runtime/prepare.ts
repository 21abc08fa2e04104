/**
 * From a request's bytes to a network's input, as the model's card says, and what the answer tells of the picture.
 *
 * @module
 */
import { type Geometry, type Prepared, type PreprocessOptions, preprocess } from "./preprocess/index.ts";
import type { Task } from "./vision.ts";

/** What every answer says of the picture. */
export interface ImageInfo {
  /** Upright: after the EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** Set when the model's `max_size` made the picture smaller than its `resize` asks: small things may be lost. */
  readonly capped?: true;
  /** Damage that was bridged while decoding, in words. */
  readonly warnings?: readonly string[];
}

/** See {@link prepare}. */
export interface PreparedImage {
  readonly input: Prepared["input"];
  readonly geometry: Geometry;
  readonly image: ImageInfo;
}

/** Decodes and prepares a task's picture for its model. @throws {CodecError} */
export async function prepare(
  { bytes, header, limits, model, own }: Task,
  options: Pick<PreprocessOptions, "strict" | "aroundResize"> = {},
): Promise<PreparedImage> {
  const spec = model.card.preprocess;
  // All sessions of a model are of one engine.
  const [session] = Object.values(model.sessions);
  const rowLoops = session?.rowLoops;
  const { input, geometry, report, owned } = await preprocess(bytes, header, spec, {
    ...options,
    limits,
    rowLoops,
  });
  own(...owned);
  const { width, height } = geometry.original;
  const { warnings } = report;
  const image = {
    width,
    height,
    ...(geometry.capped && { capped: true as const }),
    ...(warnings.length > 0 && { warnings }),
  };
  return { input, geometry, image };
}
