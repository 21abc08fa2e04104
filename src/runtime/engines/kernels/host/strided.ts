/**
 * Elementwise work on strided tensors of any rank.
 *
 * @module
 */
import type { ActivationCall, BinaryCall, CopyCall, FillCall, View } from "../calls.ts";
import type { BinaryLayer } from "../layers.ts";
import { LANES, padChannels } from "../views.ts";
import { activationFunction } from "./activate.ts";
import type { Host, Placed } from "./types.ts";

/**
 * Visits every element of tensors of the same dims, row-major, giving the index of each in memory. The last two axes that matter are inner
 * loops; the rest is an odometer.
 */
export function visit(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
  starts: readonly number[],
  each: (a: number, b: number, c: number) => void,
): void {
  if (dims.some((dim) => dim === 0)) return;
  const rank = dims.length;
  const inner = rank > 0 ? dims[rank - 1] : 1;
  const step = [0, 1, 2].map((i) => (rank > 0 ? (strides[i]?.[rank - 1] ?? 0) : 0));
  const index = new Array<number>(Math.max(0, rank - 1)).fill(0);
  const at = [0, 1, 2].map((i) => starts[i] ?? 0);
  for (;;) {
    for (let i = 0; i < inner; i++) {
      each(at[0] + i * step[0], at[1] + i * step[1], at[2] + i * step[2]);
    }
    let axis = rank - 2;
    for (; axis >= 0; axis--) {
      index[axis]++;
      for (let t = 0; t < 3; t++) at[t] += strides[t]?.[axis] ?? 0;
      if (index[axis] < dims[axis]) break;
      for (let t = 0; t < 3; t++) at[t] -= (strides[t]?.[axis] ?? 0) * dims[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** Runs over the elements of an output and of tensors of the same dims. */
export function over(
  output: Placed,
  inputs: readonly Placed[],
  each: (y: number, a: number, b: number) => void,
): void {
  const all = [output, ...inputs];
  visit(
    output.dims,
    all.map(({ strides }) => strides),
    all.map(({ at }) => at),
    each,
  );
}

/** Channels-last images are walked in memory's order: `[N, H, W, C]`. */
function inner(view: Placed): Placed {
  if (view.dims.length !== 4) return view;
  const order = (list: readonly number[]) => [list[0], list[2], list[3], list[1]];
  return { at: view.at, dims: order(view.dims), strides: order(view.strides) };
}

/** The memory as elements of a view's kind. */
function memoryOf({ storage }: View, host: Host): Float32Array | Uint8Array {
  return storage === "u8" ? host.u8() : host.f32();
}

export function runCopy(call: CopyCall, host: Host): void {
  const memory = memoryOf(call.output, host);
  over(inner(host.place(call.output)), [inner(host.place(call.input))], (y, x) => {
    memory[y] = memory[x];
  });
}

export function runFill(call: FillCall, host: Host): void {
  const memory = memoryOf(call.output, host);
  over(inner(host.place(call.output)), [], (y) => {
    memory[y] = call.value;
  });
}

/** Zeros in the channels that pad an image's pixels. */
function clearLanes(f32: Float32Array, view: Placed): void {
  const channels = view.dims[1] ?? 0;
  if (view.dims.length !== 4 || view.strides[1] !== 1 || channels % LANES.f32 === 0) return;
  const lanes = {
    ...view,
    at: view.at + channels,
    dims: view.dims.with(1, padChannels(channels) - channels),
  };
  over(inner(lanes), [], (y) => {
    f32[y] = 0;
  });
}

export function runActivation(call: ActivationCall, host: Host): void {
  const f32 = host.f32();
  const activate = activationFunction(call.activation);
  const output = host.place(call.output);
  over(inner(output), [inner(host.place(call.input))], (y, x) => {
    f32[y] = activate(f32[x]);
  });
  clearLanes(f32, output);
}

const FUNCTIONS: Readonly<Record<BinaryLayer["op"], (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Min: Math.min,
  Max: Math.max,
};

export function runBinary(call: BinaryCall, host: Host): void {
  const f32 = host.f32();
  const activate = activationFunction(call.activation);
  const apply = FUNCTIONS[call.function];
  const output = inner(host.place(call.output));
  const side = (operand: View | number): { view: Placed; scalar: number | undefined } =>
    typeof operand === "number"
      ? { view: output, scalar: operand }
      : { view: inner(host.place(operand)), scalar: undefined };
  const left = side(call.left);
  const right = side(call.right);
  over(output, [left.view, right.view], (y, a, b) => {
    f32[y] = activate(apply(left.scalar ?? f32[a], right.scalar ?? f32[b]));
  });
  clearLanes(f32, host.place(call.output));
}

/** Copies maps `[N, C, H, W]` out: row by row, in which all channels lie together, rather than each channel over the whole map, past the caches. */
function gatherMaps(f32: Float32Array, { at, dims, strides }: Placed, into: Float32Array): void {
  const [batch, channels, height, width] = dims;
  const step = strides[3];
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < channels; c++) {
        let from = at + n * strides[0] + c * strides[1] + y * strides[2];
        const row = ((n * channels + c) * height + y) * width;
        for (let to = row; to < row + width; to++, from += step) into[to] = f32[from];
      }
    }
  }
}

/** Copies a strided tensor out of memory, row-major. */
export function gather(f32: Float32Array, view: Placed, into: Float32Array): void {
  const { at, dims, strides } = view;
  if (dims.length === 4) {
    gatherMaps(f32, view, into);
    return;
  }
  if (dims.length < 2) {
    const [count = 1] = dims;
    const [step = 1] = strides;
    for (let i = 0; i < count; i++) into[i] = f32[at + i * step];
    return;
  }
  // The two innermost axes are plain loops: this is on the way of every run.
  const rank = dims.length;
  const [rows, columns] = dims.slice(-2);
  const [rowStep, columnStep] = strides.slice(-2);
  let to = 0;
  visit(dims.with(rank - 1, 1).with(rank - 2, 1), [strides], [at], (start) => {
    for (let i = 0; i < rows; i++) {
      let from = start + i * rowStep;
      for (let j = 0; j < columns; j++, from += columnStep) into[to++] = f32[from];
    }
  });
}
