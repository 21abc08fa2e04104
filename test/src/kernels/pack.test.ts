import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  convLayout,
  convLayoutF16,
  depthwiseLayout,
  type PackedLayout,
  transposed2x2Layout,
  unfoldedLayout,
} from "../../../src/runtime/engines/kernels/packing/layout.ts";
import { packInMemory, packWeights } from "../../../src/runtime/engines/kernels/packing/pack.ts";
import { type BuildName, noise, openSandbox } from "./sandbox.ts";

/** A layout of each kind, and whether its weights are halves. */
const layouts = fc
  .record({
    outputs: fc.integer({ min: 1, max: 20 }),
    inputs: fc.integer({ min: 1, max: 20 }),
    taps: fc.integer({ min: 1, max: 9 }),
    inputsFirst: fc.boolean(),
    kind: fc.constantFrom("conv", "half", "unfolded", "depthwise", "transposed"),
  })
  .map(({ outputs, inputs, taps, inputsFirst, kind }): { layout: PackedLayout; half: boolean } => {
    switch (kind) {
      case "half":
        return { layout: convLayoutF16(outputs, inputs, taps, inputsFirst), half: true };
      case "unfolded":
        return { layout: unfoldedLayout(outputs, inputs, taps), half: false };
      case "depthwise":
        return { layout: depthwiseLayout(outputs, taps), half: false };
      case "transposed":
        return { layout: transposed2x2Layout(outputs, inputs), half: false };
      default:
        return { layout: convLayout(outputs, inputs, taps, inputsFirst), half: false };
    }
  });

/** Where the layout's formula puts every element of the source. */
function place(layout: PackedLayout, index: number): number {
  const { taps, inputs, outputs, inputsFirst, group, groupStride, offset, inputStride, tapStride } = layout;
  const t = index % taps;
  const rest = Math.floor(index / taps);
  const minor = inputsFirst ? outputs : inputs;
  const [major, inner] = [Math.floor(rest / minor), rest % minor];
  const [o, i] = inputsFirst ? [inner, major] : [major, inner];
  return Math.floor(o / group) * groupStride + (o % group) + offset + i * inputStride + t * tapStride;
}

describe.each<BuildName>(["relaxed", "simd"])("packing, %s", (build) => {
  const sandbox = openSandbox(build);

  it("puts every element where the layout says, whole or in pieces, by kernel as by TypeScript", () => {
    fc.assert(
      fc.property(layouts, fc.integer({ min: 1, max: 97 }), ({ layout, half }, piece) => {
        const size = layout.outputs * layout.inputs * layout.taps;
        const source = half
          ? Uint16Array.from({ length: size }, (_, i) => i + 1)
          : noise(size, 3).map((value) => value + 2);
        const expected = half ? new Uint16Array(layout.elements) : new Float32Array(layout.elements);
        for (let i = 0; i < size; i++) expected[place(layout, i)] = source[i] as number;

        const packed = half ? new Uint16Array(layout.elements) : new Float32Array(layout.elements);
        for (let start = 0; start < size; start += piece) {
          const values = source.slice(start, start + piece);
          if (values instanceof Uint16Array) packWeights(layout, packed as Uint16Array, start, values);
          else packWeights(layout, packed as Float32Array, start, values);
        }
        expect(packed).toEqual(expected);

        sandbox.reset();
        const bytes = half ? 2 : 4;
        const from = sandbox.inputBytes(new Uint8Array(source.buffer));
        const to = sandbox.output(layout.elements * bytes);
        sandbox.run((kernels) => {
          for (let start = 0; start < size; start += piece) {
            const count = Math.min(piece, size - start);
            packInMemory(layout, start, count, { kernels, from: from + start * bytes, to, half });
          }
        });
        const found = sandbox.bytes(to, layout.elements * bytes);
        const filled = half ? new Uint16Array(found.buffer) : new Float32Array(found.buffer);
        for (let i = 0; i < size; i++) expect(filled[place(layout, i)]).toBe(source[i]);
      }),
      { numRuns: 200 },
    );
  });

  it("refuses runs that leave the source", () => {
    const layout = convLayout(4, 4);
    expect(() => packWeights(layout, new Float32Array(layout.elements), 15, new Float32Array(2))).toThrow(
      RangeError,
    );
    const places = { kernels: sandbox.kernels, from: 0, to: 0, half: false };
    expect(() => packInMemory(layout, -1, 1, places)).toThrow("elements -1 to 0 of a weight of 4 × 4 × 1");
  });
});
