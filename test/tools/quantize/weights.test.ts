import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NARROW, roundWeights, WIDE } from "../../../tools/quantize/weights.ts";
import { noiseFrom } from "../engines/random-graphs.ts";

describe("weights", () => {
  const shape = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 4 });

  test("lie within their limit, and are better than without clamping", () => {
    fc.assert(
      fc.property(
        shape,
        fc.integer(),
        fc.constantFrom(0, 1),
        fc.constantFrom(NARROW, WIDE),
        (dims, seed, axis, limit) => {
          const size = dims.reduce((a, b) => a * b, 1);
          const data = noiseFrom(seed)(size);
          const { integers, scales } = roundWeights(data, dims, axis, limit);
          expect(scales).toHaveLength(dims[axis]);
          const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
          const greatest = new Float64Array(dims[axis]);
          const channelOf = (at: number) => Math.floor(at / inner) % dims[axis];
          data.forEach((x, at) => {
            greatest[channelOf(at)] = Math.max(greatest[channelOf(at)], Math.abs(x));
          });
          const errors = new Float64Array(dims[axis]);
          const plain = new Float64Array(dims[axis]);
          data.forEach((x, at) => {
            const c = channelOf(at);
            expect(Math.abs(integers[at])).toBeLessThanOrEqual(limit);
            errors[c] += (integers[at] * scales[c] - x) ** 2;
            const step = greatest[c] / limit || 1;
            plain[c] += (Math.round(x / step) * step - x) ** 2;
          });
          errors.forEach((error, c) => {
            expect(error).toBeLessThanOrEqual(plain[c] * 1.001 + 1e-12);
          });
        },
      ),
    );
  });

  test("a channel's scale is at least what its bias needs", () => {
    const { scales } = roundWeights(Float32Array.of(1e-9, 1), [2, 1], 0, NARROW, (channel) =>
      channel === 0 ? 0.5 : 0,
    );
    expect(scales[0]).toBe(0.5);
    expect(scales[1]).toBeLessThan(0.02);
  });
});
