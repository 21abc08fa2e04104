/**
 * Binds a first convolution on bytes: straight from 8-bit pixels, or from floats that are quantized on the way.
 *
 * @module
 */
import { EngineError, type ImageTensor, type Tensor } from "../../../engine.ts";
import type { StemCall } from "../../calls.ts";
import { isImageTensor, isRegionTensor } from "../../inputs.ts";
import { byteStemScratch, STEM_CHANNELS, unfoldedBytes } from "../../lower/byte-stem.ts";
import { type Quantization, quantizeValue } from "../../quantization.ts";
import { padChannels } from "../../views.ts";
import { kernelImage } from "../conv.ts";
import { type Feed, noRegions } from "../feed.ts";
import type { Bound, Target } from "../types.ts";

/** What each byte of red, green and blue becomes: normalised as `Normalize` does it, then quantized. */
export function pixelTables({ scale, mean, std }: ImageTensor, to: Quantization): Uint8Array {
  const tables = new Uint8Array(STEM_CHANNELS * 256);
  for (let channel = 0; channel < STEM_CHANNELS; channel++) {
    for (let byte = 0; byte < 256; byte++) {
      tables[channel * 256 + byte] = quantizeValue((byte * scale - mean[channel]) / std[channel], to);
    }
  }
  return tables;
}

/** Tables for what is quantized already. */
const SAME = Uint8Array.from({ length: STEM_CHANNELS * 256 }, (_, i) => i % 256);

/** Quantizes some rows of planar floats to interleaved bytes. */
function quantizeRows(
  { data, dims }: Tensor,
  image: number,
  [first, last]: readonly [number, number],
  into: Uint8Array,
  to: Quantization,
): void {
  const [, , height = 1, width = 1] = dims;
  for (let channel = 0; channel < STEM_CHANNELS; channel++) {
    const plane = (image * STEM_CHANNELS + channel) * height * width;
    let at = channel;
    for (let i = plane + first * width; i < plane + last * width; i++, at += STEM_CHANNELS) {
      into[at] = quantizeValue(data[i], to);
    }
  }
}

export function bindByteStem(call: StemCall, target: Target, feed: Feed): Bound {
  const [from] = call.bytes?.inputs ?? [];
  if (!from) throw new EngineError("failed", `${call.layer} is not on bytes`);
  const { kernels, memory } = target;
  const [batch = 1, , height = 1, width = 1] = call.dims;
  const y = kernelImage(call.output, target);
  const { kernel, stride, pads } = call.window;
  const sizes = byteStemScratch(width, y.width, call.blockRows, call.window);
  const scratch = target.address(call.scratch);
  const [unfolded, tables, rows, input] = [sizes.unfolded, sizes.tables, sizes.rows, sizes.input].map(
    (part) => scratch + part,
  );
  const k = unfoldedBytes(kernel);
  const w = target.weights(call.weights);
  const columns = padChannels(y.channels, "u8");
  const solid = y.row === y.width * y.pixel;
  const rowBytes = width * STEM_CHANNELS;

  /** Copies input rows into memory, as bytes. */
  function bring(value: Tensor | ImageTensor, image: number, first: number, last: number): void {
    const bytes = new Uint8Array(memory.buffer);
    if (isImageTensor(value)) bytes.set(value.pixels.subarray(first * rowBytes, last * rowBytes), input);
    else quantizeRows(value, image, [first, last], bytes.subarray(input), from);
  }

  return () => {
    const { value, image } = feed.get(call.source);
    if (isRegionTensor(value)) noRegions(call.source);
    new Uint8Array(memory.buffer).set(isImageTensor(value) ? pixelTables(value, from) : SAME, tables);
    for (let n = 0; n < batch; n++) {
      for (let oy = call.rows[0]; oy < call.rows[1]; oy += call.blockRows) {
        const end = Math.min(call.rows[1], oy + call.blockRows);
        const first = Math.min(height, Math.max(0, oy * stride[0] - pads[0]));
        const last = Math.max(first, Math.min(height, (end - 1) * stride[0] - pads[0] + kernel[0]));
        bring(value, image + n, first, last);
        const x = input - first * rowBytes;
        const block = [x, rowBytes, height, width, unfolded, k, oy, end, y.width] as const;
        const window = [...kernel, ...stride, pads[0], pads[1]] as const;
        kernels.unfoldQ8(...block, ...window, tables, from.zero, rows);
        const [runs, m] = solid ? [1, (end - oy) * y.width] : [end - oy, y.width];
        for (let i = 0; i < runs; i++) {
          const c = y.at(n) + (oy + i) * y.row;
          kernels.gemmQ8(m, columns, k, unfolded + i * m * k, k, w, c, y.pixel, 0, 0);
        }
      }
    }
  };
}
