/**
 * Moves weights into their packed layout, in pieces as a stream brings them.
 *
 * @module
 */
import type { PackedLayout } from "./layout.ts";

/**
 * Packs a run of a source's elements.
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
  const { taps, inputs, outputs, inputsFirst, inputStride } = layout;
  if (start < 0 || start + values.length > outputs * inputs * taps) {
    throw new RangeError(
      `elements ${start} to ${start + values.length} of a weight of ${outputs} × ${inputs} × ${taps}`,
    );
  }
  const tapOffsets = Int32Array.from({ length: taps }, (_, t) => layout.tap(t));
  const minor = inputsFirst ? outputs : inputs;
  let t = start % taps;
  let inner = Math.floor(start / taps) % minor;
  let outer = Math.floor(start / (taps * minor));
  let base = position();
  /** Where the present output and input start. */
  function position(): number {
    const o = inputsFirst ? inner : outer;
    return o < outputs ? layout.output(o) + (inputsFirst ? outer : inner) * inputStride : 0;
  }
  for (let n = 0; n < values.length; n++) {
    target[base + (tapOffsets[t] as number)] = values[n] as number;
    if (++t < taps) continue;
    t = 0;
    if (++inner === minor) {
      inner = 0;
      outer++;
      base = position();
    } else if (inputsFirst) base = position();
    else base += inputStride;
  }
}

/** Puts the bias of every output in its places. For fp16 storage, `target` is a float view of the same bytes. */
export function packBias(layout: PackedLayout, target: Float32Array, bias: ArrayLike<number>): void {
  for (let o = 0; o < layout.outputs; o++) {
    for (const at of layout.bias(o)) target[at] = bias[o] ?? 0;
  }
}
