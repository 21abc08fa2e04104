import fc from "fast-check";
import type { NodeSpec } from "../../../tools/nhwc/builder.ts";
import type { Pair, Shape, UnaryFunction } from "../../../tools/nhwc/graph.ts";
import { explicitPads, transposedPadding } from "../../../tools/nhwc/padding.ts";
import { constant, numbers } from "./support.ts";

/** A node on an input of some shape. */
export interface Case {
  readonly shape: Shape;
  readonly spec: NodeSpec;
}

const side = fc.integer({ min: 1, max: 9 });
const channels = fc.integer({ min: 1, max: 5 });
const small = fc.integer({ min: 1, max: 3 });
const pair = fc.tuple(small, small) as fc.Arbitrary<Pair>;
const scheme = fc.constantFrom("SAME" as const, "VALID" as const);
const picture = fc.tuple(fc.integer({ min: 1, max: 2 }), side, side, channels);
const anyShape = fc.oneof(picture, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }));
const seed = fc.nat();

const convolutions: fc.Arbitrary<Case> = fc
  .record({
    shape: picture,
    kernel: pair,
    strides: pair,
    dilations: pair,
    scheme,
    groups: fc.constantFrom("one", "depthwise"),
    outputs: channels,
    seed,
    hasBias: fc.boolean(),
  })
  .map(({ shape, kernel, strides, dilations, scheme: padding, groups, outputs, seed: s, hasBias }) => {
    const [, height, width, inputs] = shape;
    const count = groups === "one" ? 1 : inputs;
    const made = count * outputs;
    return {
      shape,
      spec: {
        op: "conv",
        input: "x",
        weights: constant([made, inputs / count, ...kernel], s),
        bias: hasBias ? numbers([made], s + 1) : undefined,
        strides,
        dilations,
        pads: explicitPads(padding, height, width, { kernel, strides, dilations }),
        groups: count,
      },
    };
  });

const transposed: fc.Arbitrary<Case> = fc
  .record({ shape: picture, kernel: pair, strides: pair, scheme, outputs: channels, seed, cut: pair })
  .map(({ shape, kernel, strides, scheme: padding, outputs, seed: s, cut }) => {
    const [, height, width, inputs] = shape;
    const size: Pair = [height * strides[0] - cut[0] + 1, width * strides[1] - cut[1] + 1];
    const found = transposedPadding(padding, [height, width], size, kernel, strides);
    const none = { pads: [0, 0, 0, 0] as const, outputPadding: [0, 0] as const };
    return {
      shape,
      spec: {
        op: "conv_transpose",
        input: "x",
        weights: constant([inputs, outputs, ...kernel], s),
        bias: numbers([outputs], s + 1),
        strides,
        ...(found ?? none),
      },
    };
  });

const pools: fc.Arbitrary<Case> = fc
  .record({
    shape: picture,
    kernel: pair,
    strides: pair,
    scheme,
    fn: fc.constantFrom("max" as const, "average" as const),
  })
  .map(({ shape, kernel, strides, scheme: padding, fn }) => {
    const pads = explicitPads(padding, shape[1], shape[2], { kernel, strides, dilations: [1, 1] });
    return { shape, spec: { op: "pool", input: "x", fn, kernel, strides, pads } };
  });

const FUNCTIONS: readonly UnaryFunction[] = [
  ...(
    ["relu", "sigmoid", "hard_sigmoid", "hard_swish", "tanh", "softplus", "exp", "abs", "neg"] as const
  ).map((kind) => ({ kind })),
  { kind: "clip", min: -1, max: 1 },
  { kind: "clip", min: Number.NEGATIVE_INFINITY, max: 0.5 },
  { kind: "clip", min: 0.25, max: Number.POSITIVE_INFINITY },
  { kind: "elu", alpha: 0.5 },
  { kind: "leaky_relu", alpha: 0.1 },
];

const unaries: fc.Arbitrary<Case> = fc
  .record({ shape: anyShape, fn: fc.constantFrom(...FUNCTIONS) })
  .map(({ shape, fn }) => ({ shape, spec: { op: "unary", input: "x", fn } }));

/** The shape itself, or with axes set to one or left out from the front: what broadcasts to it. */
const broadcastable = (shape: Shape) =>
  fc
    .tuple(fc.integer({ min: 0, max: shape.length }), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }))
    .map(([from, ones]) => shape.slice(from).map((dim, i) => (ones[i] ? 1 : dim)));

const binaries: fc.Arbitrary<Case> = anyShape.chain((shape) =>
  fc
    .record({
      dims: broadcastable(shape),
      fn: fc.constantFrom("add", "sub", "mul", "max", "min"),
      reversed: fc.boolean(),
      seed,
    })
    .map(({ dims, fn, reversed, seed: s }): Case => {
      const c = constant(dims, s);
      return { shape, spec: { op: "binary", fn: fn as "add", a: reversed ? c : "x", b: reversed ? "x" : c } };
    }),
);

const slopes: fc.Arbitrary<Case> = anyShape.chain((shape) =>
  fc
    .record({ dims: broadcastable(shape), seed })
    .map(
      ({ dims, seed: s }): Case => ({ shape, spec: { op: "prelu", input: "x", slope: constant(dims, s) } }),
    ),
);

const reductions: fc.Arbitrary<Case> = anyShape.chain((shape) =>
  fc
    .record({
      axes: fc.subarray([...shape.keys()], { minLength: 1 }),
      fn: fc.constantFrom("mean" as const, "max" as const, "min" as const, "sum" as const),
      keepDims: fc.boolean(),
    })
    .map(
      ({ axes, fn, keepDims }): Case => ({ shape, spec: { op: "reduce", input: "x", fn, axes, keepDims } }),
    ),
);

const resizes: fc.Arbitrary<Case> = fc
  .record({
    shape: picture,
    mode: fc.constantFrom("linear" as const, "nearest" as const),
    coordinates: fc.constantFrom("asymmetric" as const, "half_pixel" as const, "align_corners" as const),
    size: fc.tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 2, max: 12 })),
  })
  .map(({ shape, ...rest }) => ({ shape, spec: { op: "resize", input: "x", ...rest } }));

const concatenations: fc.Arbitrary<Case> = anyShape.chain((shape) =>
  fc
    .record({ axis: fc.integer({ min: 0, max: shape.length - 1 }), more: small, seed })
    .map(({ axis, more, seed: s }): Case => {
      const inputs = ["x", constant(shape.with(axis, more), s), "x"];
      return { shape, spec: { op: "concat", inputs, axis } };
    }),
);

const pads: fc.Arbitrary<Case> = anyShape.chain((shape) =>
  fc
    .record({
      sizes: fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: shape.length, maxLength: shape.length }),
      mode: fc.constantFrom("constant" as const, "reflect" as const, "edge" as const),
      value: fc.constantFrom(0, 1.5),
    })
    .map(
      ({ sizes, mode, value }): Case => ({
        shape,
        spec: { op: "pad", input: "x", pads: sizes, mode, value },
      }),
    ),
);

/** Other dimensions of as many elements. */
const reshapes: fc.Arbitrary<Case> = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
    fc.nat(),
  )
  .map(([factors, from, to, order]) => {
    const spread = (count: number, turn: number): number[] => {
      const dims = new Array<number>(count).fill(1);
      for (const [i, factor] of factors.entries()) dims[(i * (turn + 1) + turn) % count] *= factor;
      return dims;
    };
    return {
      shape: spread(from, order % 3),
      spec: { op: "reshape", input: "x", shape: spread(to, order % 5) },
    };
  });

const transpositions: fc.Arbitrary<Case> = anyShape.chain((shape) =>
  fc
    .shuffledSubarray([...shape.keys()], { minLength: shape.length })
    .map((perm): Case => ({ shape, spec: { op: "transpose", input: "x", perm } })),
);

const softmaxes: fc.Arbitrary<Case> = anyShape.chain((shape) =>
  fc
    .integer({ min: 0, max: shape.length - 1 })
    .map((axis): Case => ({ shape, spec: { op: "softmax", input: "x", axis } })),
);

const slices: fc.Arbitrary<Case> = anyShape.chain((shape) =>
  fc.tuple(...shape.map((dim) => fc.tuple(fc.nat(dim - 1), fc.nat(dim - 1), small))).map((parts): Case => {
    const starts = parts.map(([a, b]) => Math.min(a, b));
    const steps = parts.map(([, , step]) => step);
    const sizes = parts.map(([a, b, step]) => Math.floor(Math.abs(a - b) / step) + 1);
    return { shape, spec: { op: "slice", input: "x", starts, sizes, steps } };
  }),
);

const blocks: fc.Arbitrary<Case> = fc
  .record({
    op: fc.constantFrom("depth_to_space" as const, "space_to_depth" as const),
    block: small,
    h: small,
    w: small,
    c: small,
  })
  .map(({ op, block, h, w, c }) => ({
    shape: op === "depth_to_space" ? [1, h, w, c * block ** 2] : [1, h * block, w * block, c],
    spec: { op, input: "x", block },
  }));

const dense: fc.Arbitrary<Case> = fc
  .record({ rows: small, inputs: channels, outputs: channels, seed })
  .map(({ rows, inputs, outputs, seed: s }) => ({
    shape: [rows, inputs],
    spec: {
      op: "dense",
      input: "x",
      weights: constant([outputs, inputs], s),
      bias: numbers([outputs], s + 1),
    },
  }));

/** Nodes of every kind, on inputs that may or may not suit them. */
export const CASES: readonly (readonly [string, fc.Arbitrary<Case>])[] = [
  ["convolution", convolutions],
  ["transposed convolution", transposed],
  ["pooling", pools],
  ["function of one element", unaries],
  ["function of two elements", binaries],
  ["PReLU", slopes],
  ["reduction", reductions],
  ["resize", resizes],
  ["concatenation", concatenations],
  ["padding", pads],
  ["reshape", reshapes],
  ["transposition", transpositions],
  ["softmax", softmaxes],
  ["slice", slices],
  ["blocks of channels", blocks],
  ["fully connected layer", dense],
];
