/**
 * Moves weights into their packed layout, in pieces as a stream brings them.
 *
 * @module
 */
import type { Kernels } from "../module.ts";
import type { PackedLayout } from "./layout.ts";

/** @throws {RangeError} when a run of elements leaves the source of a layout. */
export function checkRun(
  { outputs, inputs, taps }: Pick<PackedLayout, "outputs" | "inputs" | "taps">,
  start: number,
  count: number,
): void {
  if (start < 0 || start + count > outputs * inputs * taps) {
    throw new RangeError(
      `elements ${start} to ${start + count} of a weight of ${outputs} × ${inputs} × ${taps}`,
    );
  }
}

/**
 * Packs a run of a source's elements, by plain TypeScript. {@link packInMemory} is several times as fast, and needs the kernels.
 *
 * @param target the packed array (`layout.elements` long, zero before the first piece): floats; or, for fp16 storage, halves' bits with
 *   `values` being bits too
 * @param start index of `values[0]` in the source
 * @param values consecutive elements of the source
 * @throws {RangeError} when the run leaves the source
 *
 * @example
 * ```ts
 * const layout = convLayout(160, 960);
 * const target = new Float32Array(memory.buffer, pointer, layout.elements).fill(0);
 * for (const { start, values } of pieces) packWeights(layout, target, start, values);
 * packBias(layout, target, bias);
 * ```
 */
export function packWeights<T extends Float32Array | Uint16Array>(
  layout: PackedLayout,
  target: T,
  start: number,
  values: T,
): void {
  checkRun(layout, start, values.length);
  const { taps, inputs, outputs, inputsFirst, group, groupStride, offset, inputStride, tapStride } = layout;
  const minor = inputsFirst ? outputs : inputs;
  // Runs of elements that lie evenly apart: the inputs of an output where there is one tap, else the taps of an input.
  const whole = taps === 1 && !inputsFirst;
  const length = whole ? minor : taps;
  const stride = whole ? inputStride : tapStride;
  for (let n = 0; n < values.length; ) {
    const at = start + n;
    const outer = Math.floor(at / (taps * minor));
    const inner = Math.floor(at / taps) % minor;
    const first = at % length;
    const output = inputsFirst ? inner : outer;
    const input = inputsFirst ? outer : whole ? 0 : inner;
    let to =
      Math.floor(output / group) * groupStride +
      (output % group) +
      offset +
      input * inputStride +
      first * stride;
    const run = Math.min(length - first, values.length - n);
    for (let i = 0; i < run; i++) {
      target[to] = values[n + i] as number;
      to += stride;
    }
    n += run;
  }
}

/** Where weights that lie in the kernels' memory are packed from and to. */
export interface PackPlaces {
  readonly kernels: Pick<Kernels, "packWords" | "packHalves">;
  /** Address of the elements: floats, or halves where the packed form keeps them. */
  readonly from: number;
  /** Address of the packed array. */
  readonly to: number;
  readonly half: boolean;
}

/**
 * Packs `count` elements of a source, of which the first is element `start`, from and to the kernels' memory.
 *
 * @throws {RangeError} when the run leaves the source
 */
export function packInMemory(layout: PackedLayout, start: number, count: number, places: PackPlaces): void {
  checkRun(layout, start, count);
  const { taps, inputs, outputs, inputsFirst } = layout;
  const pack = places.half ? places.kernels.packHalves : places.kernels.packWords;
  pack(
    places.from,
    count,
    start,
    places.to,
    taps,
    inputsFirst ? outputs : inputs,
    inputsFirst ? 0 : 1,
    layout.inputStride,
    layout.tapStride,
    layout.group,
    layout.groupStride,
    layout.offset,
  );
}

/** Puts the bias of every output in its places. For fp16 storage, `target` is a float view of the same bytes. */
export function packBias(layout: PackedLayout, target: Float32Array, bias: ArrayLike<number>): void {
  for (let o = 0; o < layout.outputs; o++) {
    for (const at of layout.bias(o)) target[at] = bias[o] ?? 0;
  }
}
