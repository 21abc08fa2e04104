/** Slices of known tensors and of values, against Python's own rules. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNetwork } from "../../../tools/nhwc/builder.ts";
import { ImportError } from "../../../tools/nhwc/errors.ts";
import { elementCount } from "../../../tools/nhwc/graph.ts";
import { slice, split, stridedSlice, unpack } from "../../../tools/nhwc/operations/slicing.ts";
import { type Known, known, type Scope, type Term, value } from "../../../tools/nhwc/terms.ts";
import { interpret } from "./reference.ts";

/** 0, 1, 2, … in a tensor. */
function counting(dims: readonly number[]): Known {
  return known(
    dims,
    Int32Array.from({ length: elementCount(dims) }, (_, i) => i),
  );
}

function scope(): Scope {
  return { network: createNetwork(2 ** 24), where: { operator: "StridedSlice", node: "y" } };
}

const none = { begin: 0, end: 0, ellipsis: 0, newAxis: 0, shrinkAxis: 0 };

/** Python's `range(*slice(begin, end, step).indices(size))`. */
function indices(size: number, begin: number | undefined, end: number | undefined, step: number): number[] {
  const clamp = (i: number, low: number, high: number) => Math.min(Math.max(i < 0 ? i + size : i, low), high);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const from = begin === undefined ? (step > 0 ? low : high) : clamp(begin, low, high);
  const to = end === undefined ? (step > 0 ? high : low) : clamp(end, low, high);
  const result: number[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) result.push(i);
  return result;
}

function content(term: Term): { dims: readonly number[]; data: number[] } {
  if (term.kind !== "known") throw new Error("a known tensor was expected");
  return { dims: term.dims, data: [...term.data] };
}

const bound = fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined });
const axis = fc.record({
  size: fc.integer({ min: 1, max: 5 }),
  begin: bound,
  end: bound,
  step: fc.constantFrom(1, 2, 3, -1, -2),
});

/** Entries of StridedSlice and its masks. */
function entries(axes: readonly { begin?: number | undefined; end?: number | undefined; step: number }[]) {
  const bits = (absent: (axis: (typeof axes)[number]) => boolean) =>
    axes.reduce((mask, one, i) => mask | (absent(one) ? 1 << i : 0), 0);
  return {
    begin: axes.map(({ begin }) => begin ?? 0),
    end: axes.map(({ end }) => end ?? 0),
    steps: axes.map(({ step }) => step),
    masks: {
      ...none,
      begin: bits((one) => one.begin === undefined),
      end: bits((one) => one.end === undefined),
    },
  };
}

describe("stridedSlice", () => {
  test("takes from a known tensor what Python takes", () => {
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), (axes) => {
        const dims = axes.map(({ size }) => size);
        const { begin, end, steps, masks } = entries(axes);
        const wanted = axes.map((one) => indices(one.size, one.begin, one.end, one.step));
        const flat = wanted.reduce<number[]>(
          (places, list, i) => places.flatMap((place) => list.map((index) => place * dims[i] + index)),
          [0],
        );
        expect(content(stridedSlice(scope(), counting(dims), begin, end, steps, masks))).toEqual({
          dims: wanted.map(({ length }) => length),
          data: flat,
        });
      }),
      { numRuns: 500 },
    );
  });

  test("takes from a value what it takes from a known tensor", () => {
    fc.assert(
      fc.property(
        fc.array(axis, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(),
        (axes, shrink, added) => {
          const dims = axes.map(({ size }) => size);
          const { begin, end, steps, masks } = entries(axes);
          const both = { ...masks, shrinkAxis: shrink % 16, newAxis: added % 4 };
          const { network, where } = scope();
          const take = (input: Term) => stridedSlice({ network, where }, input, begin, end, steps, both);
          const x = value(network.input("x", dims));
          let wanted: Term;
          let got: Term;
          try {
            [wanted, got] = [take(counting(dims)), take(x)];
          } catch (error) {
            // Out of range, empty, mirrored, or more dimensions than are handled.
            expect(error).toBeInstanceOf(ImportError);
            return;
          }
          const name = got.kind === "value" ? got.name : "";
          const { y } = interpret(network.finish([{ name: "x", value: "x" }], [{ name: "y", value: name }]), {
            x: { dims, data: Float64Array.from(counting(dims).data) },
          });
          expect({ dims: y.dims, data: [...y.data] }).toEqual(content(wanted));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("takes single elements from the end, skips axes, puts in new ones", () => {
    const x = counting([2, 3, 4]);
    const last = stridedSlice(scope(), x, [0, -1], [0, 0], [1, 1], { ...none, ellipsis: 1, shrinkAxis: 2 });
    expect(content(last)).toEqual({ dims: [2, 3], data: [3, 7, 11, 15, 19, 23] });
    const added = stridedSlice(scope(), x, [1, 0, 2], [2, 0, 3], [1, 1, 1], {
      ...none,
      newAxis: 2,
      shrinkAxis: 1,
    });
    expect(content(added)).toEqual({ dims: [1, 1, 4], data: [20, 21, 22, 23] });
  });

  test("refuses what an axis lacks", () => {
    const refused = [
      () => stridedSlice(scope(), counting([2]), [2], [0], [1], { ...none, shrinkAxis: 1 }),
      () => stridedSlice(scope(), counting([2]), [0, 0], [1, 1], [1, 1], none),
      () => stridedSlice(scope(), counting([2]), [0], [1], [0], none),
      () => stridedSlice(scope(), counting([2]), [0], [1, 2], [1], none),
    ];
    for (const take of refused) expect(take).toThrow(ImportError);
  });
});

test("slice takes to the end where the size is -1", () => {
  expect(content(slice(scope(), counting([3, 4]), [1, 1], [-1, 2]))).toEqual({
    dims: [2, 2],
    data: [5, 6, 9, 10],
  });
  expect(() => slice(scope(), counting([3]), [1], [3])).toThrow(ImportError);
});

test("split and unpack take all parts in order", () => {
  expect(split(scope(), counting([2, 4]), -1, 2).map(content)).toEqual([
    { dims: [2, 2], data: [0, 1, 4, 5] },
    { dims: [2, 2], data: [2, 3, 6, 7] },
  ]);
  expect(split(scope(), counting([5]), 0, [1, -1, 2]).map((part) => content(part).data)).toEqual([
    [0],
    [1, 2],
    [3, 4],
  ]);
  expect(unpack(scope(), counting([2, 2]), 1).map(content)).toEqual([
    { dims: [2], data: [0, 2] },
    { dims: [2], data: [1, 3] },
  ]);
  for (const parts of [3, 0, [2, 2], [-1, 5], [-1, -1, 1]]) {
    expect(() => split(scope(), counting([5]), 0, parts)).toThrow(ImportError);
  }
});
