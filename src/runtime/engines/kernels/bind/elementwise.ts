/**
 * Binds activations, sums, products and copies to kernels.
 *
 * @module
 */
import type { ActivationCall, BinaryCall, CopyCall, View } from "../calls.ts";
import { ACTIVATION, BINARY } from "../module.ts";
import { denseStrides, ELEMENT_SIZE, elements, imageShape, isImage, LANES, padChannels } from "../views.ts";
import { kernelActivation } from "./activation.ts";
import { bindByteCopy } from "./bytes/elementwise.ts";
import { sequence } from "./sequence.ts";
import type { Bound, Target } from "./types.ts";

/** Runs of pixels, `stride` bytes apart, as elementwise kernels take them. */
interface Runs {
  /** Address of each run. */
  readonly starts: readonly number[];
  readonly stride: number;
}

/** Whether a view is an image, or a matrix whose rows are whole vectors. */
function isPixels(view: View): boolean {
  const { channels, pixelStride } = imageShape(view);
  if (pixelStride < channels) return false;
  if (isImage(view)) return true;
  return view.dims.length === 2 && view.strides[1] === 1 && (view.strides[0] ?? 0) % LANES.f32 === 0;
}

/** Whether the rows of an image follow each other without a gap. */
function isSolid(view: View): boolean {
  const { batch, height, width, rowStride, imageStride, pixelStride } = imageShape(view);
  const rows = height === 1 || rowStride === width * pixelStride;
  return rows && (batch === 1 || imageStride === height * width * pixelStride);
}

function runsOf(view: View, solid: boolean, target: Target): Runs {
  const { batch, height, rowStride, imageStride, pixelStride } = imageShape(view);
  const at = target.address(view);
  const starts: number[] = [];
  for (let n = 0; n < (solid ? 1 : batch); n++) {
    for (let i = 0; i < (solid ? 1 : height); i++) starts.push(at + (n * imageStride + i * rowStride) * 4);
  }
  return { starts, stride: pixelStride * 4 };
}

/** Pixels in a run. */
function runLength(view: View, solid: boolean): number {
  const { batch, height, width } = imageShape(view);
  return solid ? batch * height * width : width;
}

export function bindActivation(call: ActivationCall, target: Target): Bound | undefined {
  const { input, output } = call;
  const act = kernelActivation(call.activation);
  if (!isPixels(input) || !isPixels(output)) return undefined;
  const solid = isSolid(input) && isSolid(output);
  const x = runsOf(input, solid, target);
  const y = runsOf(output, solid, target);
  const m = runLength(output, solid);
  const c = padChannels(output.dims[1] ?? 1);
  const { kernels } = target;
  return sequence(
    y.starts.map((to, i) => {
      const from = x.starts[i];
      return () => kernels.unaryF32(m, c, from, x.stride, to, y.stride, act.code, act.lo, act.hi);
    }),
  );
}

const OPERATIONS = {
  Add: BINARY.add,
  Sub: BINARY.sub,
  Mul: BINARY.mul,
  Div: BINARY.div,
  Min: BINARY.min,
  Max: BINARY.max,
};

/** Whether an operand is one vector of channels for all pixels: of one image, or the same for all. */
function isVector(view: View): boolean {
  const [batch = 1] = view.dims;
  const broadcast = view.strides.every(
    (stride, i) => i === 1 || stride === 0 || view.dims[i] === 1 || (i === 0 && batch === 1),
  );
  return view.strides[1] === 1 && broadcast && view.offset % 16 === 0;
}

/** Binds a sum or product of two maps, or of a map and a vector of channels; `undefined` for other broadcasts. */
export function bindBinary(call: BinaryCall, target: Target): Bound | undefined {
  const { output } = call;
  let { left, right } = call;
  if (typeof left === "number" || typeof right === "number" || !isPixels(output)) return undefined;
  const commutes = call.function !== "Sub" && call.function !== "Div";
  if (commutes && !isPixels(left)) [left, right] = [right, left];
  if (!isPixels(left)) return undefined;
  const vector = !isPixels(right);
  if (vector && !isVector(right)) return undefined;
  const solid = [left, output].every(isSolid) && (vector || isSolid(right));
  const a = runsOf(left, solid, target);
  const y = runsOf(output, solid, target);
  const m = runLength(output, solid);
  const c = padChannels(output.dims[1] ?? 1);
  const b = vector ? { starts: [target.address(right)], stride: 0 } : runsOf(right, solid, target);
  const op = OPERATIONS[call.function];
  const { kernels } = target;
  const act = kernelActivation(call.activation);
  return sequence(
    y.starts.map((to, i) => {
      const from = a.starts[i];
      const other = b.starts[vector ? 0 : i];
      return () =>
        kernels.binaryF32(op, m, c, from, a.stride, other, b.stride, to, y.stride, act.code, act.lo, act.hi);
    }),
  );
}

/** Whether a view's elements lie one after the other; then the number of them. Pixels with padding do not: it may be another's. */
function blockOf(view: View): number | undefined {
  const { channels, pixelStride } = imageShape(view);
  const block = isImage(view)
    ? isSolid(view) && pixelStride === channels
    : view.strides.join() === denseStrides(view.dims).join();
  return block ? elements(view.dims) : undefined;
}

/** Binds a copy; `undefined` when elements change their order in a way that no kernel knows. */
export function bindCopy(call: CopyCall, target: Target): Bound | undefined {
  const { input, output } = call;
  const { kernels, memory } = target;
  const from = target.address(input);
  const to = target.address(output);
  const block = blockOf(input);
  if (block !== undefined && input.strides.join() === output.strides.join()) {
    const end = from + block * ELEMENT_SIZE[input.storage];
    return () => new Uint8Array(memory.buffer).copyWithin(to, from, end);
  }
  if (input.storage === "u8") return bindByteCopy(call, target);
  if (input.dims.length === 2 && input.strides[1] === 1 && output.strides[1] === 1) {
    return bindRowCopy(call, target);
  }
  if (isImage(input) && isImage(output) && (input.dims[1] ?? 1) % 4 === 0) {
    const solid = isSolid(input) && isSolid(output);
    const x = runsOf(input, solid, target);
    const y = runsOf(output, solid, target);
    const m = runLength(output, solid);
    const c = output.dims[1] ?? 1;
    return sequence(
      y.starts.map((at, i) => {
        const start = x.starts[i];
        return () => kernels.unaryF32(m, c, start, x.stride, at, y.stride, ACTIVATION.none, 0, 0);
      }),
    );
  }
  return bindTransposition(call, target);
}

/** Rows of a matrix, which lie apart by other strides: the box head's outputs, on their way out. */
function bindRowCopy({ input, output }: CopyCall, { address, memory }: Target): Bound {
  const [from, to] = [address(input), address(output)];
  const [rows = 0, columns = 0] = input.dims;
  const [fromRow, toRow] = [input, output].map(({ strides }) => (strides[0] ?? 0) * ELEMENT_SIZE.f32);
  return () => {
    const bytes = new Uint8Array(memory.buffer);
    for (let i = 0; i < rows; i++) {
      const start = from + i * fromRow;
      bytes.copyWithin(to + i * toRow, start, start + columns * ELEMENT_SIZE.f32);
    }
  };
}

/** Between channels-last and planar. */
function bindTransposition({ input, output }: CopyCall, target: Target): Bound | undefined {
  const { kernels } = target;
  const [batch = 1, channels = 1, height = 1, width = 1] = input.dims;
  if (input.dims.length !== 4) return undefined;
  const planar = (view: View) => view.strides.join() === denseStrides(view.dims).join();
  const m = height * width;
  const from = target.address(input);
  const to = target.address(output);
  const images = Array.from({ length: batch }, (_, n) => ({
    x: from + n * (input.strides[0] ?? 0) * 4,
    y: to + n * (output.strides[0] ?? 0) * 4,
  }));
  const pixel = (view: View) => (view.strides[3] ?? 0) * 4;
  const oneRun = (view: View) => isSolid({ ...view, dims: view.dims.with(0, 1) });
  if (isImage(input) && oneRun(input) && planar(output)) {
    return sequence(
      images.map(
        ({ x, y }) =>
          () =>
            kernels.toPlanesF32(m, channels, x, pixel(input), y, m * 4),
      ),
    );
  }
  if (planar(input) && isImage(output) && oneRun(output)) {
    return sequence(
      images.map(
        ({ x, y }) =>
          () =>
            kernels.toPixelsF32(m, channels, x, m * 4, y, pixel(output)),
      ),
    );
  }
  return undefined;
}
