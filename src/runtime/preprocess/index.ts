/**
 * A file's bytes → a network's input, in one pass over the decoded rows: decode, resize, crop, turn upright, normalise.
 *
 * @module
 */
import { decodeInto } from "../../codecs/index.ts";
import type { DecodeReport, ImageHeader, Limits, Region, RowSink } from "../../codecs/types.ts";
import type { Preprocess } from "../card.ts";
import type { PictureTensor } from "../engines/engine.ts";
import type { MakeRowLoops } from "../engines/row-loops.ts";
import { makeInput, materialise } from "./input.ts";
import { type Kept, makeKept } from "./kept.ts";
import { type Geometry, planPreprocess } from "./plan.ts";
import { makeResizer, type Resizer } from "./resizer.ts";
import { makeRows } from "./rows.ts";
import type { Size } from "./size.ts";
import type { Layout } from "./target.ts";
import type { PushRow } from "./vertical.ts";

export { keptBytes } from "./kept.ts";
export { type Geometry, planPreprocess, toOriginal } from "./plan.ts";
export type { Size } from "./size.ts";
export type { Layout } from "./target.ts";
export type { PushRow } from "./vertical.ts";

/** How to prepare a picture. */
export interface PreprocessOptions {
  readonly limits: Limits;
  /** Refuse damaged pictures instead of bridging the damage. */
  readonly strict?: boolean;
  /**
   * The layout wanted; default `bytes`, which leaves the normalisation to the engine. A detector's picture (`generalized_rcnn`) is
   * never bytes: its interpolation does not round, so its default is `rows`, which no other has.
   */
  readonly layout?: Layout;
  /** A buffer of exactly the input's size to write into (`Uint8Array` for `bytes`, else `Float32Array`): an engine's own memory, say. Not for `rows`. */
  readonly into?: Uint8Array | Float32Array;
  /** The engine's loops, for what is resized with antialiasing. */
  readonly rowLoops?: MakeRowLoops | undefined;
  /** Stands around what resizes the decoded rows: to time it. */
  readonly aroundResize?: (push: PushRow) => PushRow;
}

/** A network's input and what it was made of. */
export interface Prepared {
  readonly input: PictureTensor;
  readonly geometry: Geometry;
  readonly report: DecodeReport;
  /** The stored size at which the picture was decoded: less than the header's where the decoder scaled. */
  readonly decoded: Size;
  /** What was made for the input to lie in, for `release` once it has been read. */
  readonly owned: readonly ArrayBufferView[];
}

/**
 * Prepares a picture for a network as its card says. Memory: the decoder's, a few rows, and the input itself; or for `rows`, what they are made of
 * (`keptBytes`).
 *
 * @param header of these bytes, by `readHeader`
 * @throws {CodecError} when the picture cannot be decoded
 * @example
 * const header = readHeader(bytes, DEFAULT_LIMITS);
 * const { input, geometry } = await preprocess(bytes, header, card.preprocess, { limits: DEFAULT_LIMITS });
 */
export async function preprocess(
  bytes: Uint8Array,
  header: ImageHeader,
  spec: Preprocess,
  options: PreprocessOptions,
): Promise<Prepared> {
  const { geometry, minSize } = planPreprocess(header, spec);
  const { aroundResize = (inner: PushRow) => inner } = options;
  const resize = spec.kind === "generalized_rcnn" ? plainly : antialiased;
  const { finish, begin } = resize(header, geometry, spec, options);
  let decoded: Size = { width: 0, height: 0 };
  let region: Region = { left: 0, right: 0, top: 0, bottom: 0 };
  let push: PushRow = () => {};
  const sink: RowSink = {
    // The resizer is made when the decoder says at which size the picture comes.
    begin(width, height) {
      decoded = { width, height };
      const resizer = begin(decoded);
      region = resizer.region;
      push = aroundResize(resizer.push);
    },
    region: () => region,
    row: (y, rgb) => push(y, rgb),
    end() {},
  };
  const decodeOptions = {
    limits: options.limits,
    ...(minSize ? { minSize } : {}),
    ...(options.strict ? { strict: true } : {}),
  };
  const report = await decodeInto(bytes, decodeOptions, sink);
  return { ...finish(), geometry, report, decoded };
}

/** A way to resize: what takes the rows of a picture once their size is known, and the input when all have come. */
type Resize = (
  header: ImageHeader,
  geometry: Geometry,
  spec: Preprocess,
  options: Pick<PreprocessOptions, "layout" | "into" | "rowLoops">,
) => { begin(decoded: Size): Resizer; finish(): Pick<Prepared, "input" | "owned"> };

/** As Pillow does it: rows are resized as they come. */
const antialiased: Resize = (header, geometry, spec, { layout = "bytes", into, rowLoops }) => {
  if (layout === "rows") throw new TypeError("only generalized_rcnn pictures are made by rows");
  const { input, write } = makeInput(geometry, layout, spec, into);
  return {
    begin: (decoded) => makeResizer(decoded, header, geometry, write, rowLoops),
    finish: () => ({ input, owned: into ? [] : ["pixels" in input ? input.pixels : input.data] }),
  };
};

/** As torchvision's detectors have it: rows are made when they are asked for. */
const plainly: Resize = (header, geometry, spec, { layout = "rows", into }) => {
  if (layout === "bytes") throw new TypeError("generalized_rcnn pictures are floats, not bytes");
  if (layout === "rows" && into) throw new TypeError("a picture made by rows is not written into a buffer");
  let kept: Kept;
  return {
    begin(decoded) {
      const { kept: made, push } = makeKept(decoded, header, geometry);
      kept = made;
      return { region: { left: 0, right: decoded.width, top: 0, bottom: decoded.height }, push };
    },
    finish() {
      const rows = makeRows(kept, geometry, spec);
      if (layout === "rows") return { input: rows, owned: [kept.pixels] };
      const input = materialise(rows, layout, into);
      return { input, owned: into ? [kept.pixels] : [kept.pixels, input.data] };
    },
  };
};
