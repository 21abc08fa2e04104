/**
 * Making views of tensors, and narrowing them.
 *
 * @module
 */
import type { Rows, Storage, View } from "./calls.ts";
import { CHANNEL_BLOCK } from "./module.ts";
import { CHANNEL_BLOCK_Q8 } from "./module-q8.ts";

/** Bytes of a float. */
export const ELEMENT = 4;

/** Bytes of an element. */
export const ELEMENT_SIZE: Readonly<Record<Storage, number>> = { f32: ELEMENT, u8: 1 };

/** Channels of an image are padded to a multiple of this: what kernels take at a time. */
export const LANES: Readonly<Record<Storage, number>> = { f32: CHANNEL_BLOCK, u8: CHANNEL_BLOCK_Q8 };

/** Rounds a number of channels up to what kernels take at a time. */
export function padChannels(channels: number, storage: Storage = "f32"): number {
  const lanes = LANES[storage];
  return Math.ceil(channels / lanes) * lanes;
}

/** Row-major strides. */
export function denseStrides(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] ?? 1) * (dims[i + 1] ?? 1);
  return strides;
}

/** Strides of `[N, C, H, W]` channels-last, or of `[N, C]` with padded rows; row-major for other ranks. */
export function naturalStrides(dims: readonly number[], storage: Storage, rowsHeld?: number): number[] {
  if (dims.length === 4) {
    const [, channels = 1, height = 1, width = 1] = dims;
    const pixel = padChannels(channels, storage);
    return [(rowsHeld ?? height) * width * pixel, 1, width * pixel, pixel];
  }
  if (dims.length === 2) return [padChannels(dims[1] ?? 1, storage), 1];
  return denseStrides(dims);
}

/** Bytes that a tensor with natural strides takes. */
export function naturalBytes(dims: readonly number[], storage: Storage, rowsHeld?: number): number {
  const size = ELEMENT_SIZE[storage];
  if (dims.length === 4) return (dims[0] ?? 1) * (naturalStrides(dims, storage, rowsHeld)[0] ?? 0) * size;
  if (dims.length === 2) return (dims[0] ?? 1) * padChannels(dims[1] ?? 1, storage) * size;
  return Math.max(1, elements(dims)) * size;
}

/** Number of elements. */
export function elements(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Whether a view is an image as kernels take it: channels next to each other, pixels a whole number of vectors apart. */
export function isImage({ dims, strides, offset, storage }: View): boolean {
  const [, channel, , pixel = 0] = strides;
  return (
    dims.length === 4 && channel === 1 && pixel % LANES[storage] === 0 && offset % vectorBytes(storage) === 0
  );
}

/** Bytes of the channels that kernels take at a time. */
export function vectorBytes(storage: Storage): number {
  return LANES[storage] * ELEMENT_SIZE[storage];
}

/** An image's shape and strides, in elements. */
export interface ImageShape {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly imageStride: number;
  readonly rowStride: number;
  readonly pixelStride: number;
}

/** Reads an image's view; a matrix `[N, C]` is N images of one pixel. */
export function imageShape({ dims, strides }: View): ImageShape {
  const [batch = 1, channels = 1, height = 1, width = 1] = dims;
  if (dims.length === 2) {
    const pixelStride = strides[0] ?? 0;
    return { batch, channels, height, width, imageStride: pixelStride, rowStride: pixelStride, pixelStride };
  }
  const [imageStride = 0, , rowStride = 0, pixelStride = 0] = strides;
  return { batch, channels, height, width, imageStride, rowStride, pixelStride };
}

/** Part of a view: along one axis, `size` elements from `start`, `step` apart. */
export function narrow(view: View, axis: number, start: number, size: number, step = 1): View {
  const stride = view.strides[axis] ?? 0;
  return {
    ...view,
    offset: view.offset + start * stride * ELEMENT_SIZE[view.storage],
    dims: view.dims.with(axis, size),
    strides: view.strides.with(axis, stride * step),
  };
}

/** Rows of an image, as an image of its own. */
export function rowsOf(view: View, [from, to]: Rows): View {
  const { held, ...rest } = narrow(view, 2, from, to - from);
  return held ? { ...rest, held: [held[0] - from, held[1] - from] } : rest;
}

/** Repeats a view along axes where it has one element, as NumPy broadcasts. */
export function broadcastTo(view: View, dims: readonly number[]): View {
  const missing = dims.length - view.dims.length;
  const strides = dims.map((dim, i) => {
    const own = view.dims[i - missing] ?? 1;
    return own === 1 && dim !== 1 ? 0 : i < missing ? 0 : (view.strides[i - missing] ?? 0);
  });
  return { ...view, dims, strides };
}
