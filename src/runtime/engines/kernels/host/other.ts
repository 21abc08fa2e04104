/**
 * Matrix products, squeeze-and-excitation, resizing, softmax and reductions in plain TypeScript.
 *
 * @module
 */
import type { GemmCall, ReduceCall, ResizeCall, SoftmaxCall, SqueezeCall } from "../calls.ts";
import type { NearestMode } from "../infer/resize.ts";
import type { Activation } from "../layers.ts";
import { samplePosition } from "../plan/rows.ts";
import { imageShape } from "../views.ts";
import { activationFunction } from "./activate.ts";
import { visit } from "./strided.ts";
import type { Host } from "./types.ts";
import { runGlobalPool } from "./window.ts";

/** One row times a matrix `[columns, rows]`. */
function product(
  f32: Float32Array,
  x: number,
  weights: { weight: number; bias: number },
  rows: number,
  columns: number,
  y: number,
  activation: Activation,
): void {
  const activate = activationFunction(activation);
  for (let j = 0; j < columns; j++) {
    let sum = f32[weights.bias + j];
    const w = weights.weight + j * rows;
    for (let i = 0; i < rows; i++) sum += f32[x + i] * f32[w + i];
    f32[y + j] = activate(sum);
  }
  for (let j = columns; j % 4 !== 0; j++) f32[y + j] = 0;
}

export function runGemm(call: GemmCall, host: Host): void {
  const x = imageShape(call.input);
  const y = imageShape(call.output);
  const xAt = host.place(call.input).at;
  const yAt = host.place(call.output).at;
  const weights = host.weights(call.weights);
  for (let n = 0; n < x.batch; n++) {
    const to = yAt + n * y.imageStride;
    product(host.f32(), xAt + n * x.imageStride, weights, x.channels, y.channels, to, call.activation);
  }
}

export function runSqueeze(call: SqueezeCall, host: Host): void {
  const f32 = host.f32();
  const [channels, squeezed, out] = call.channels;
  const { at, strides } = host.place(call.scratch);
  const x = imageShape(call.input);
  const y = imageShape(call.output);
  const yAt = host.place(call.output).at;
  for (let n = 0; n < x.batch; n++) {
    const image = { ...call.input, offset: call.input.offset + n * x.imageStride * 4 };
    runGlobalPool(
      {
        op: "globalPool",
        layer: call.layer,
        mode: "average",
        input: { ...image, dims: call.input.dims.with(0, 1) },
        output: { ...call.scratch, dims: [1, channels] },
      },
      host,
    );
    const middle = at + (strides[0] ?? 0);
    product(f32, at, host.weights(call.weights[0]), channels, squeezed, middle, call.activations[0]);
    const to = yAt + n * y.imageStride;
    product(f32, middle, host.weights(call.weights[1]), squeezed, out, to, call.activations[1]);
  }
}

const ROUNDINGS: Readonly<Record<NearestMode, (position: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (position) => Math.ceil(position - 0.5),
  round_prefer_ceil: (position) => Math.floor(position + 0.5),
};

export function runResize(call: ResizeCall, host: Host): void {
  const f32 = host.f32();
  const { spec } = call;
  const x = imageShape(call.input);
  const y = imageShape(call.output);
  const xAt = host.place(call.input).at;
  const yAt = host.place(call.output).at;
  const round = ROUNDINGS[spec.nearest];
  /** The two neighbours along an axis and the weight of the second. */
  const sample = (at: number, axis: 0 | 1, length: number): readonly [number, number, number] => {
    const limit = (position: number) => Math.min(length - 1, Math.max(0, position));
    const position = samplePosition(at, spec, axis, length);
    if (spec.mode === "nearest") return [limit(round(position)), limit(round(position)), 0];
    const clamped = limit(position);
    const low = Math.floor(clamped);
    return [low, limit(low + 1), clamped - low];
  };
  for (let n = 0; n < y.batch; n++) {
    for (let oy = call.rows[0]; oy < call.rows[1]; oy++) {
      const [y0, y1, fy] = sample(oy, 0, x.height);
      for (let ox = 0; ox < y.width; ox++) {
        const [x0, x1, fx] = sample(ox, 1, x.width);
        const pixel = (row: number, column: number) =>
          xAt + n * x.imageStride + row * x.rowStride + column * x.pixelStride;
        const [a, b, c, d] = [pixel(y0, x0), pixel(y0, x1), pixel(y1, x0), pixel(y1, x1)];
        const out = yAt + n * y.imageStride + oy * y.rowStride + ox * y.pixelStride;
        for (let i = 0; i < y.channels; i++) {
          const above = f32[a + i] * (1 - fx) + f32[b + i] * fx;
          const below = f32[c + i] * (1 - fx) + f32[d + i] * fx;
          f32[out + i] = above * (1 - fy) + below * fy;
        }
        for (let i = y.channels; i % 4 !== 0; i++) f32[out + i] = 0;
      }
    }
  }
}

export function runSoftmax(call: SoftmaxCall, host: Host): void {
  const f32 = host.f32();
  const input = host.place(call.input);
  const output = host.place(call.output);
  const { axis } = call;
  const size = input.dims[axis] ?? 1;
  const xStep = input.strides[axis] ?? 0;
  const yStep = output.strides[axis] ?? 0;
  visit(input.dims.with(axis, 1), [output.strides, input.strides], [output.at, input.at], (y, x) => {
    let max = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < size; i++) max = Math.max(max, f32[x + i * xStep]);
    let sum = 0;
    for (let i = 0; i < size; i++) sum += Math.exp(f32[x + i * xStep] - max);
    for (let i = 0; i < size; i++) f32[y + i * yStep] = Math.exp(f32[x + i * xStep] - max) / sum;
  });
}

export function runReduce(call: ReduceCall, host: Host): void {
  const f32 = host.f32();
  const input = host.place(call.input);
  const output = host.place(call.output);
  const start = call.mode === "max" ? Number.NEGATIVE_INFINITY : 0;
  visit(output.dims, [output.strides], [output.at], (y) => {
    f32[y] = start;
  });
  visit(input.dims, [output.strides, input.strides], [output.at, input.at], (y, x) => {
    f32[y] = call.mode === "max" ? Math.max(f32[y], f32[x]) : f32[y] + f32[x];
  });
  if (call.mode !== "mean") return;
  const count = call.axes.reduce((product, axis) => product * (input.dims[axis] ?? 1), 1);
  visit(output.dims, [output.strides], [output.at], (y) => {
    f32[y] /= count;
  });
}
