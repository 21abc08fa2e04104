/**
 * Binds a first convolution on bytes: from 8-bit pixels, or from floats, either of which are quantized on the way.
 *
 * @module
 */
import {
  EngineError,
  type ImageTensor,
  type PictureTensor,
  type RowTensor,
  type Tensor,
} from "../../../engine.ts";
import type { StemCall } from "../../calls.ts";
import { isImageTensor, isRegionTensor, isRowTensor } from "../../inputs.ts";
import { byteStemScratch, STEM_CHANNELS, unfoldedBytes } from "../../lower/byte-stem.ts";
import { padChannels } from "../../views.ts";
import { bringRow, type Feed, noRegions, plane } from "../feed.ts";
import { kernelImage } from "../image.ts";
import type { Bound, Target } from "../types.ts";
import { rowsUnder } from "../under.ts";
import { rememberedPixelMap } from "./pixel-map.ts";

export function bindByteStem(call: StemCall, target: Target, feed: Feed): Bound {
  const [from] = call.bytes?.inputs ?? [];
  if (!from) throw new EngineError("failed", `${call.layer} is not on bytes`);
  const { scale, zero } = from;
  const { kernels, memory } = target;
  const [batch = 1, , , width = 1] = call.dims;
  const y = kernelImage(call.output, target);
  const { kernel, stride, pads } = call.window;
  const sizes = byteStemScratch(width, y.width, call.blockRows, call.window);
  const { columns, row, floats } = sizes;
  const scratch = target.address(call.scratch);
  const [unfolded, map, rowsAt, input] = [sizes.unfolded, sizes.map, sizes.rows, sizes.input].map(
    (part) => scratch + part,
  );
  const k = unfoldedBytes(kernel);
  const w = target.weights(call.weights);
  const outputs = padChannels(y.channels, "u8");
  const solid = y.row === y.width * y.pixel;
  const mapOf = rememberedPixelMap(from);

  /** Quantizes rows `first` to `last` of pixels. */
  function bringPixels(image: ImageTensor, first: number, last: number, to: number): void {
    const { bytes, affine } = mapOf(image);
    const rowBytes = width * STEM_CHANNELS;
    const u8 = new Uint8Array(memory.buffer);
    u8.set(bytes, map);
    u8.set(image.pixels.subarray(first * rowBytes, last * rowBytes), input);
    const rows = last - first;
    kernels.pixelRowsQ8(input, rowBytes, rows, width, to, row, pads[1], columns, map, affine ? 1 : 0, zero);
  }

  /** Quantizes a row of floats. */
  function bringFloats(value: Tensor | RowTensor, image: number, y: number, to: number): void {
    if (isRowTensor(value)) bringRow(value, y, new Float32Array(memory.buffer, input, floats), pads[1]);
    else interleave(value, image, y);
    kernels.quantizeF32(1, floats, input, 0, to, 0, scale, zero, -zero, 255 - zero);
  }

  /** Brings a row of planar floats. */
  function interleave(tensor: Tensor, image: number, y: number): void {
    const f32 = new Float32Array(memory.buffer);
    const planar = input + 4 * floats;
    for (let c = 0; c < STEM_CHANNELS; c++) {
      const from = plane(tensor, image, c).subarray(y * width, (y + 1) * width);
      f32.set(from, planar / 4 + c * width);
    }
    kernels.inputRowsF32(planar, 4 * width, 0, 1, width, STEM_CHANNELS, input, 0, pads[1], columns);
  }

  /** Brings the rows under output rows `oy` to `end`. */
  function bringUnder(value: PictureTensor, image: number, oy: number, end: number): void {
    const { top, first, last, bottom } = rowsUnder(call, oy, end);
    const at = (y: number) => rowsAt + (y - top) * row;
    const u8 = new Uint8Array(memory.buffer);
    u8.fill(zero, rowsAt, at(first));
    u8.fill(zero, at(last), at(bottom));
    if (isImageTensor(value)) bringPixels(value, first, last, at(first));
    else for (let y = first; y < last; y++) bringFloats(value, image, y, at(y));
  }

  return () => {
    const { value, image } = feed.get(call.source);
    if (isRegionTensor(value)) noRegions(call.source);
    for (let n = 0; n < batch; n++) {
      for (let oy = call.rows[0]; oy < call.rows[1]; oy += call.blockRows) {
        const end = Math.min(call.rows[1], oy + call.blockRows);
        bringUnder(value, image + n, oy, end);
        const step = [stride[0] * row, stride[1] * STEM_CHANNELS] as const;
        const under = [kernel[0], kernel[1] * STEM_CHANNELS] as const;
        kernels.unfoldQ8(rowsAt, row, ...step, unfolded, k, end - oy, y.width, ...under);
        const [runs, m] = solid ? [1, (end - oy) * y.width] : [end - oy, y.width];
        for (let i = 0; i < runs; i++) {
          const c = y.at(n) + (oy + i) * y.row;
          kernels.gemmQ8(m, outputs, k, unfolded + i * m * k, k, w, c, y.pixel, 0, 0);
        }
      }
    }
  };
}
