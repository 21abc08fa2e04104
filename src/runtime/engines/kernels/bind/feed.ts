/**
 * Binds what reads the caller's inputs: bringing them into memory, and the first convolution straight from them.
 *
 * @module
 */
import {
  EngineError,
  type ImageTensor,
  type PictureTensor,
  type RowTensor,
  type Tensor,
} from "../../engine.ts";
import type { LoadCall, StemCall } from "../calls.ts";
import { type InputValue, isImageTensor, isRegionTensor, isRowTensor } from "../inputs.ts";
import { stemScratch } from "../lower/stem.ts";
import type { PlacedRegions } from "../regions.ts";
import { imageShape, isImage, padChannels } from "../views.ts";
import { kernelActivation } from "./activation.ts";
import { kernelImage } from "./image.ts";
import type { Bound, Target } from "./types.ts";
import { rowsUnder } from "./under.ts";

/** What the caller feeds: dims and data of each input, for the run at hand. */
export interface Feed {
  /** The tensor or image given for an input, and which image of its batch is meant. */
  get(name: string): { readonly value: InputValue; readonly image: number };
  /** The regions given for an input, their feature maps in memory. */
  regions(name: string): PlacedRegions | undefined;
}

/** Only a network that begins with flattening takes regions. */
export function noRegions(name: string): never {
  throw new EngineError("bad_input", `input "${name}" is not flattened first: it takes no regions`);
}

/** The plane of a channel of one image, as floats. */
export function plane({ data, dims }: Tensor, image: number, channel: number): Float32Array {
  const [, channels = 1, height = 1, width = 1] = dims;
  const size = height * width;
  const start = (image * channels + channel) * size;
  return data.subarray(start, start + size);
}

/**
 * Brings a row of a picture into memory as `inputRowsF32` does.
 *
 * @param into the row, zeros on both sides among it
 * @param padLeft pixels of zeros before it
 */
export function bringRow(picture: RowTensor, y: number, into: Float32Array, padLeft: number): void {
  const start = 3 * padLeft;
  const end = start + 3 * picture.width;
  into.fill(0, 0, start);
  picture.row(y, into.subarray(start, end));
  into.fill(0, end);
}

/** Brings rows of an input into memory as pixels (rank 4), or all of it as it is. */
export function bindLoad(call: LoadCall, target: Target, feed: Feed): Bound {
  const { output } = call;
  const { memory } = target;
  const at = target.address(output) / 4;
  if (!isImage(output)) {
    const [rowStride = 1] = output.strides;
    const [rows = 1] = output.dims;
    return () => {
      const { value, image } = feed.get(call.input);
      if (isImageTensor(value) || isRowTensor(value)) return;
      if (isRegionTensor(value)) {
        feed.regions(call.input)?.cut(image, rows, at * 4);
        return;
      }
      const f32 = new Float32Array(memory.buffer);
      const length = output.dims.slice(1).reduce((product, dim) => product * dim, 1);
      const first = image * length;
      for (let i = 0; i < rows; i++) {
        const start = at + i * (output.dims.length === 2 ? rowStride : length);
        f32.set(value.data.subarray(first + i * length, first + (i + 1) * length), start);
        if (output.dims.length === 2) f32.fill(0, start + length, start + rowStride);
      }
    };
  }
  const shape = imageShape(output);
  const [from, to] = call.rows;
  return () => {
    const { value, image } = feed.get(call.input);
    if (isRegionTensor(value)) noRegions(call.input);
    const f32 = new Float32Array(memory.buffer);
    const made = new Float32Array(isRowTensor(value) ? 3 * shape.width : 0);
    for (let n = 0; n < shape.batch; n++) {
      for (let y = from; y < to; y++) {
        const row = at + n * shape.imageStride + y * shape.rowStride;
        for (let c = 0; c < padChannels(shape.channels); c++) {
          for (let x = 0; x < shape.width; x++) f32[row + x * shape.pixelStride + c] = 0;
        }
        if (isImageTensor(value)) writePixels(f32, row, shape.pixelStride, value, y);
        else if (isRowTensor(value)) {
          value.row(y, made);
          for (let i = 0; i < made.length; i++) {
            f32[row + Math.floor(i / 3) * shape.pixelStride + (i % 3)] = made[i];
          }
        } else {
          for (let c = 0; c < shape.channels; c++) {
            const source = plane(value, image + n, c);
            const start = y * shape.width;
            for (let x = 0; x < shape.width; x++) f32[row + x * shape.pixelStride + c] = source[start + x];
          }
        }
      }
    }
  };
}

/** Scale and offset that normalise a byte of each channel: `(byte * scale - mean) / std`. */
function normalisation({ scale, mean, std }: ImageTensor): readonly number[] {
  return [...std.map((deviation) => scale / deviation), ...mean.map((value, c) => -value / std[c])];
}

function writePixels(f32: Float32Array, at: number, stride: number, image: ImageTensor, y: number): void {
  const norm = normalisation(image);
  let from = y * image.width * 3;
  for (let x = 0; x < image.width; x++) {
    for (let c = 0; c < 3; c++) f32[at + x * stride + c] = image.pixels[from++] * norm[c] + norm[3 + c];
  }
}

/** The first convolution: rows of the input are brought in and multiplied, block by block. */
export function bindStem(call: StemCall, target: Target, feed: Feed): Bound {
  const { kernels, memory } = target;
  const [batch = 1, channels = 1, , width = 1] = call.dims;
  const y = kernelImage(call.output, target);
  const { kernel, stride, pads } = call.window;
  const sizes = stemScratch(call.dims, y.width, call.blockRows, call.window);
  const rowsAt = target.address(call.scratch);
  const norm = rowsAt + sizes.rows * 4;
  const inputAt = norm + sizes.norm * 4;
  const row = sizes.row * 4;
  const w = target.weights(call.weights);
  const act = kernelActivation(call.activation);

  /** Brings input rows `first..last` to `to`, as the kernel reads them. */
  function bring(value: PictureTensor, image: number, first: number, last: number, to: number): void {
    const rows = last - first;
    const buffer = memory.buffer;
    if (isImageTensor(value)) {
      new Uint8Array(buffer).set(value.pixels.subarray(first * width * 3, last * width * 3), inputAt);
      new Float32Array(buffer).set(normalisation(value), norm / 4);
      kernels.inputRowsU8(inputAt, width * 3, rows, width, to, row, pads[1], sizes.columns, norm);
      return;
    }
    if (isRowTensor(value)) {
      for (let y = first; y < last; y++) {
        bringRow(value, y, new Float32Array(buffer, to + (y - first) * row, sizes.row), pads[1]);
      }
      return;
    }
    const f32 = new Float32Array(buffer);
    for (let c = 0; c < channels; c++) {
      const source = plane(value, image, c).subarray(first * width, last * width);
      f32.set(source, inputAt / 4 + c * rows * width);
    }
    const from = width * 4;
    kernels.inputRowsF32(inputAt, rows * from, from, rows, width, channels, to, row, pads[1], sizes.columns);
  }

  /** The rows under output rows `from..to`, zeros where they lie off the map. */
  function bringUnder(value: PictureTensor, image: number, from: number, to: number): void {
    const { top, first, last, bottom } = rowsUnder(call, from, to);
    const f32 = new Float32Array(memory.buffer, rowsAt, (bottom - top) * sizes.row);
    f32.fill(0, 0, (first - top) * sizes.row);
    f32.fill(0, (last - top) * sizes.row);
    bring(value, image, first, last, rowsAt + (first - top) * row);
  }

  return () => {
    const { value, image } = feed.get(call.source);
    if (isRegionTensor(value)) noRegions(call.source);
    for (let n = 0; n < batch; n++) {
      for (let oy = call.rows[0]; oy < call.rows[1]; oy += call.blockRows) {
        const end = Math.min(call.rows[1], oy + call.blockRows);
        bringUnder(value, image + n, oy, end);
        kernels.stemF32(
          rowsAt,
          row,
          stride[0] * row,
          stride[1] * channels * 4,
          y.at(n) + oy * y.row,
          y.row,
          y.pixel,
          end - oy,
          y.width,
          y.padded,
          w,
          kernel[0],
          kernel[1] * channels,
          act.code,
          act.lo,
          act.hi,
        );
      }
    }
  };
}
