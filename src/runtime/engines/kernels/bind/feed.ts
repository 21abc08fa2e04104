/**
 * Binds what reads the caller's inputs: bringing them into memory, and the first convolution straight from them.
 *
 * @module
 */
import { EngineError, type ImageTensor, type Tensor } from "../../engine.ts";
import type { LoadCall, StemCall } from "../calls.ts";
import { type InputValue, isImageTensor, isRegionTensor } from "../inputs.ts";
import { stemScratch, unfoldedFloats } from "../lower/stem.ts";
import type { PlacedRegions } from "../regions.ts";
import { imageShape, isImage, padChannels } from "../views.ts";
import { kernelActivation } from "./activation.ts";
import { kernelImage } from "./conv.ts";
import type { Bound, Target } from "./types.ts";

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
function plane({ data, dims }: Tensor, image: number, channel: number): Float32Array {
  const [, channels = 1, height = 1, width = 1] = dims;
  const size = height * width;
  const start = (image * channels + channel) * size;
  return data.subarray(start, start + size);
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
      if (isImageTensor(value)) return;
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
    for (let n = 0; n < shape.batch; n++) {
      for (let y = from; y < to; y++) {
        const row = at + n * shape.imageStride + y * shape.rowStride;
        for (let c = 0; c < padChannels(shape.channels); c++) {
          for (let x = 0; x < shape.width; x++) f32[row + x * shape.pixelStride + c] = 0;
        }
        if (isImageTensor(value)) writePixels(f32, row, shape.pixelStride, value, y);
        else {
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

/** The first convolution: rows of the input are brought in, unfolded and multiplied, block by block. */
export function bindStem(call: StemCall, target: Target, feed: Feed): Bound {
  const { kernels, memory } = target;
  const [batch = 1, channels = 1, height = 1, width = 1] = call.dims;
  const y = kernelImage(call.output, target);
  const { kernel, stride, pads } = call.window;
  const sizes = stemScratch(call.dims, y.width, call.blockRows, call.window);
  const unfolded = target.address(call.scratch);
  const row = unfolded + sizes.unfolded * 4;
  const norm = row + sizes.row * 4;
  const rowsAt = norm + sizes.norm * 4;
  const k = unfoldedFloats(channels, kernel);
  const w = target.weights(call.weights);
  const solid = y.row === y.width * y.pixel;

  /** Copies input rows into memory; gives the address of row 0 as if it were there, and of the planes' distance. */
  function bring(value: Tensor | ImageTensor, image: number, first: number, last: number): number {
    const bytes = isImageTensor(value) ? width * 3 : width * 4;
    const buffer = memory.buffer;
    if (isImageTensor(value)) {
      new Uint8Array(buffer).set(value.pixels.subarray(first * bytes, last * bytes), rowsAt);
    } else {
      const f32 = new Float32Array(buffer);
      for (let c = 0; c < channels; c++) {
        const source = plane(value, image, c).subarray(first * width, last * width);
        f32.set(source, rowsAt / 4 + c * (last - first) * width);
      }
    }
    return rowsAt - first * bytes;
  }

  function unfold(value: Tensor | ImageTensor, x: number, rows: number, oy: number, end: number): void {
    if (isImageTensor(value)) {
      new Float32Array(memory.buffer).set(normalisation(value), norm / 4);
      kernels.unfoldU8(
        x,
        width * 3,
        height,
        width,
        unfolded,
        k * 4,
        oy,
        end,
        y.width,
        kernel[0],
        kernel[1],
        stride[0],
        stride[1],
        pads[0],
        pads[1],
        norm,
        row,
      );
      return;
    }
    kernels.unfoldPlanarF32(
      x,
      rows * width * 4,
      width * 4,
      height,
      width,
      channels,
      unfolded,
      k * 4,
      oy,
      end,
      y.width,
      kernel[0],
      kernel[1],
      stride[0],
      stride[1],
      pads[0],
      pads[1],
    );
  }

  const act = kernelActivation(call.activation);
  return () => {
    const { value, image } = feed.get(call.source);
    if (isRegionTensor(value)) noRegions(call.source);
    for (let n = 0; n < batch; n++) {
      for (let oy = call.rows[0]; oy < call.rows[1]; oy += call.blockRows) {
        const end = Math.min(call.rows[1], oy + call.blockRows);
        const first = Math.min(height, Math.max(0, oy * stride[0] - pads[0]));
        const last = Math.max(first, Math.min(height, (end - 1) * stride[0] - pads[0] + kernel[0]));
        const x = bring(value, image + n, first, last);
        unfold(value, x, last - first, oy, end);
        const [runs, m] = solid ? [1, (end - oy) * y.width] : [end - oy, y.width];
        for (let i = 0; i < runs; i++) {
          const a = unfolded + i * m * k * 4;
          const c = y.at(n) + (oy + i) * y.row;
          kernels.gemmF32(m, y.padded, k, a, k * 4, w, c, y.pixel, 0, 0, act.code, act.lo, act.hi);
        }
      }
    }
  };
}
