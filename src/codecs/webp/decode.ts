/**
 * WebP by libwebp, compiled to WebAssembly (@jsquash/webp). Loaded when the first such picture comes.
 *
 * @module
 */
import { rgbaRowOverWhite } from "../over-white.ts";
import { CodecError, type DecodeOptions, type DecodeReport, type RowSink } from "../types.ts";
import { bitstreamSize, firstFrame, readWebpHeader } from "./container.ts";
import { type DecodedWebp, instantiate } from "./libwebp.ts";

/** Decodes a picture, or the first frame of an animation, over white. @throws {CodecError} `broken` */
export async function decodeWebp(
  bytes: Uint8Array,
  _options: DecodeOptions,
  sink: RowSink,
): Promise<DecodeReport> {
  const canvas = readWebpHeader(bytes);
  const frame = firstFrame(bytes) ?? { ...canvas, x: 0, y: 0, file: bytes };
  if (frame.x + frame.width > canvas.width || frame.y + frame.height > canvas.height) {
    throw new CodecError("broken", "WebP: the first frame is larger than the picture");
  }
  const rgba = await decodeStill(frame.file, frame.width, frame.height);
  const row = new Uint8Array(canvas.width * 3).fill(255);
  const inside = row.subarray(frame.x * 3, (frame.x + frame.width) * 3);
  sink.begin(canvas.width, canvas.height);
  for (let y = 0; y < canvas.height; y++) {
    const line = y - frame.y;
    if (line >= 0 && line < frame.height) {
      rgbaRowOverWhite(rgba.subarray(line * frame.width * 4, (line + 1) * frame.width * 4), inside);
    } else {
      row.fill(255);
    }
    sink.row(y, row);
  }
  sink.end();
  return { warnings: [] };
}

async function decodeStill(file: Uint8Array, width: number, height: number): Promise<Uint8ClampedArray> {
  const declared = bitstreamSize(file);
  if (declared?.width !== width || declared.height !== height) {
    const actual = declared ? `${declared.width} × ${declared.height}` : "none";
    throw new CodecError(
      "broken",
      `WebP: the header declares ${width} × ${height} pixels, the data hold ${actual}`,
    );
  }
  const libwebp = await instantiate();
  let image: DecodedWebp | null;
  try {
    image = libwebp.decode(file);
  } catch (cause) {
    throw new CodecError("broken", "WebP: libwebp failed on the picture", { cause });
  }
  if (!image) throw new CodecError("broken", "WebP: the picture is damaged or truncated");
  return image.data;
}
