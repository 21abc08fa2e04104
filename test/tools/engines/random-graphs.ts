/** Random networks: chains of layers with shortcuts, of shapes that no real network has. */
import fc from "fast-check";
import { createGraph, type GraphBuilder } from "../../../tools/onnx/builder.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";

/** A network, the input it takes, and what it is made of (for the counterexample). */
export interface RandomGraph {
  readonly model: BuiltModel;
  readonly dims: readonly number[];
  readonly text: string;
}

/** A map in a graph under construction. */
export interface Feature {
  readonly value: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A layer: how it changes the map, or `undefined` when it does not fit. */
type Step = { readonly text: string; apply(g: GraphBuilder, x: Feature, noise: Noise): Feature | undefined };

/** A builder that numbers its weights. */
export function numbered(g: GraphBuilder): GraphBuilder {
  let count = 0;
  return { ...g, weight: (name, dims, data) => g.weight(`${name}_${count++}`, dims, data) };
}

/** Numbers that look random, -1..1, the same for a seed. */
export type Noise = (count: number) => Float32Array;

export function noiseFrom(seed: number): Noise {
  let state = seed >>> 0;
  return (count) =>
    Float32Array.from({ length: count }, () => {
      // Numerical Recipes' linear congruential generator; its high bits are good enough.
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
}

const pair = (arb: fc.Arbitrary<number>) => fc.tuple(arb, arb);

const conv: fc.Arbitrary<Step> = fc
  .record({
    kernel: pair(fc.integer({ min: 1, max: 5 })),
    stride: pair(fc.integer({ min: 1, max: 3 })),
    dilation: pair(fc.integer({ min: 1, max: 4 })),
    pads: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 }),
    out: fc.integer({ min: 1, max: 40 }),
    mix: fc.constantFrom("dense", "depthwise", "pointwise", "grouped", "separable"),
    bias: fc.boolean(),
    same: fc.boolean(),
  })
  .map((options) => ({
    text: `conv ${JSON.stringify(options)}`,
    apply(g, x, noise) {
      const { mix, bias, same } = options;
      let { kernel, stride, dilation, pads } = options;
      let group = 1;
      let { out } = options;
      if (mix === "depthwise" || mix === "separable") [group, out] = [x.channels, x.channels];
      if (mix === "grouped") {
        group = [3, 2].find((size) => x.channels % size === 0) ?? 1;
        out = Math.ceil(out / group) * group;
      }
      if (mix === "pointwise")
        [kernel, stride, dilation, pads] = [
          [1, 1],
          [1, 1],
          [1, 1],
          [0, 0, 0, 0],
        ];
      if (mix === "separable")
        [kernel, dilation] = [[5, 5].map(() => (kernel[0] < 3 ? 3 : 5)) as [number, number], [1, 1]];
      // onnxruntime refuses dilation with SAME.
      if (same) dilation = [1, 1];
      const size = (length: number, axis: 0 | 1) =>
        same
          ? Math.ceil(length / stride[axis])
          : Math.floor(
              (length + pads[axis] + pads[axis + 2] - (kernel[axis] - 1) * dilation[axis] - 1) / stride[axis],
            ) + 1;
      const [height, width] = [size(x.height, 0), size(x.width, 1)];
      if (height < 1 || width < 1) return undefined;
      const perGroup = x.channels / group;
      const fan = perGroup * kernel[0] * kernel[1];
      const weights = noise(out * fan).map((value) => value * Math.sqrt(3 / fan));
      const inputs = [x.value, g.weight("w", [out, perGroup, ...kernel], weights)];
      if (bias) inputs.push(g.weight("b", [out], noise(out)));
      const padding = same ? { auto_pad: "SAME_UPPER" } : { pads };
      const value = g.node("Conv", inputs, { ...padding, strides: stride, dilations: dilation, group });
      return { value, channels: out, height, width };
    },
  }));

const activation: fc.Arbitrary<Step> = fc
  .constantFrom(
    "Relu",
    "HardSwish",
    "HardSigmoid",
    "Sigmoid",
    "Clip",
    "Tanh",
    "LeakyRelu",
    "decomposed",
    "swish",
  )
  .map((op) => ({
    text: op,
    apply(g, x) {
      const unary = (name: string, inputs: string[], attributes = {}) => g.node(name, inputs, attributes);
      const number = (n: number) => g.constant(Float32Array.of(n), []);
      switch (op) {
        case "HardSigmoid":
          return { ...x, value: unary(op, [x.value], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }) };
        case "Clip":
          return { ...x, value: unary(op, [x.value, number(-0.5), number(0.75)]) };
        case "LeakyRelu":
          return { ...x, value: unary(op, [x.value], { alpha: { float: 0.1 } }) };
        case "decomposed": {
          const shifted = unary("Add", [x.value, number(3)]);
          const gate = unary("Clip", [shifted, number(0), number(6)]);
          return { ...x, value: unary("Div", [unary("Mul", [x.value, gate]), number(6)]) };
        }
        case "swish":
          return { ...x, value: unary("Mul", [x.value, unary("Sigmoid", [x.value])]) };
        default:
          return { ...x, value: unary(op, [x.value]) };
      }
    },
  }));

const pool: fc.Arbitrary<Step> = fc
  .record({
    op: fc.constantFrom("MaxPool", "AveragePool"),
    kernel: pair(fc.integer({ min: 1, max: 3 })),
    stride: pair(fc.integer({ min: 1, max: 2 })),
    pad: fc.integer({ min: 0, max: 1 }),
    countPad: fc.integer({ min: 0, max: 1 }),
  })
  .map(({ op, kernel, stride, pad, countPad }) => ({
    text: `${op} ${kernel} stride ${stride} pad ${pad}`,
    apply(g, x) {
      if (pad >= Math.min(...kernel)) return undefined;
      const size = (length: number, axis: 0 | 1) =>
        Math.floor((length + 2 * pad - kernel[axis]) / stride[axis]) + 1;
      const [height, width] = [size(x.height, 0), size(x.width, 1)];
      if (height < 1 || width < 1) return undefined;
      const counted = op === "AveragePool" ? { count_include_pad: countPad } : {};
      const attributes = { kernel_shape: kernel, strides: stride, pads: [pad, pad, pad, pad], ...counted };
      return { ...x, value: g.node(op, [x.value], attributes), height, width };
    },
  }));

const squeeze: fc.Arbitrary<Step> = fc.integer({ min: 1, max: 12 }).map((squeezed) => ({
  text: `squeeze to ${squeezed}`,
  apply(g, x, noise) {
    const mean = g.node("GlobalAveragePool", [x.value]);
    const first = [
      mean,
      g.weight("w1", [squeezed, x.channels, 1, 1], noise(squeezed * x.channels)),
      g.weight("b1", [squeezed], noise(squeezed)),
    ];
    const hidden = g.node("Relu", [g.node("Conv", first)]);
    const second = [
      hidden,
      g.weight("w2", [x.channels, squeezed, 1, 1], noise(squeezed * x.channels)),
      g.weight("b2", [x.channels], noise(x.channels)),
    ];
    const gate = g.node("HardSigmoid", [g.node("Conv", second)], {
      alpha: { float: 1 / 6 },
      beta: { float: 0.5 },
    });
    return { ...x, value: g.node("Mul", [gate, x.value]) };
  },
}));

const residual: fc.Arbitrary<Step> = fc.boolean().map((flip) => ({
  text: "residual",
  apply(g, x, noise) {
    const { channels } = x;
    const weights = noise(channels * channels).map((value) => value / Math.sqrt(channels));
    const inputs = [x.value, g.weight("w", [channels, channels, 1, 1], weights)];
    const conv = g.node("Conv", inputs);
    return { ...x, value: g.node("Add", flip ? [x.value, conv] : [conv, x.value]) };
  },
}));

const bottleneck: fc.Arbitrary<Step> = fc
  .record({
    expand: fc.integer({ min: 1, max: 48 }),
    kernel: fc.constantFrom(3, 5),
    stride: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ expand, kernel, stride }) => ({
    text: `bottleneck ${expand}, ${kernel}×${kernel}, stride ${stride}`,
    apply(g, x, noise) {
      const pad = (kernel - 1) / 2;
      const weight = (dims: number[]) => {
        const size = dims.reduce((a, b) => a * b, 1);
        const fan = size / dims[0];
        return g.weight(
          "w",
          dims,
          noise(size).map((value) => value * Math.sqrt(3 / fan)),
        );
      };
      const expanded = g.node("Relu", [g.node("Conv", [x.value, weight([expand, x.channels, 1, 1])])]);
      const attributes = { pads: [pad, pad, pad, pad], strides: [stride, stride], group: expand };
      const depthwise = g.node("Conv", [expanded, weight([expand, 1, kernel, kernel])], attributes);
      const hidden = g.node("HardSwish", [depthwise]);
      const projected = g.node("Conv", [hidden, weight([x.channels, expand, 1, 1])]);
      if (stride === 1) return { ...x, value: g.node("Add", [projected, x.value]) };
      return { ...x, value: projected, height: Math.ceil(x.height / 2), width: Math.ceil(x.width / 2) };
    },
  }));

const concat: fc.Arbitrary<Step> = fc.integer({ min: 1, max: 16 }).map((out) => ({
  text: `concat with ${out}`,
  apply(g, x, noise) {
    const weights = noise(out * x.channels).map((value) => value / Math.sqrt(x.channels));
    const branch = g.node("Conv", [x.value, g.weight("w", [out, x.channels, 1, 1], weights)]);
    const other = g.node("Relu", [branch]);
    return {
      ...x,
      value: g.node("Concat", [other, x.value, branch], { axis: 1 }),
      channels: x.channels + 2 * out,
    };
  },
}));

const resize: fc.Arbitrary<Step> = fc
  .record({
    mode: fc.constantFrom("linear", "nearest"),
    height: fc.integer({ min: 1, max: 24 }),
    width: fc.integer({ min: 1, max: 24 }),
    coordinates: fc.constantFrom("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"),
  })
  .map(({ mode, height, width, coordinates }) => ({
    text: `resize ${mode} ${coordinates} to ${height}×${width}`,
    apply(g, x) {
      // Positions on the border between two pixels are rounding's to decide.
      const tied = (from: number, to: number) =>
        to % from !== 0 &&
        Array.from({ length: to }, (_, o) => o * from).some((at) => at > 0 && at % to === 0);
      if (mode === "nearest" && (tied(x.height, height) || tied(x.width, width))) return undefined;
      const sizes = g.constant(BigInt64Array.from([1, x.channels, height, width].map(BigInt)), [4]);
      const nearest =
        mode === "nearest"
          ? { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }
          : { coordinate_transformation_mode: coordinates };
      const value = g.node("Resize", [x.value, "", "", sizes], { mode, ...nearest });
      return { ...x, value, height, width };
    },
  }));

const other: fc.Arbitrary<Step> = fc
  .constantFrom("pad", "slice", "scale", "per channel", "softmax", "transposed", "transpose twice")
  .map((what) => ({
    text: what,
    apply(g, x, noise) {
      const ints = (...values: number[]) =>
        g.constant(BigInt64Array.from(values.map(BigInt)), [values.length]);
      switch (what) {
        case "pad": {
          const value = g.node("Pad", [x.value, ints(0, 0, 1, 0, 0, 0, 2, 1)]);
          return { ...x, value, height: x.height + 3, width: x.width + 1 };
        }
        case "slice": {
          if (x.channels < 2) return undefined;
          const value = g.node("Slice", [x.value, ints(1), ints(x.channels), ints(1)]);
          return { ...x, value, channels: x.channels - 1 };
        }
        case "scale":
          return { ...x, value: g.node("Mul", [x.value, g.constant(Float32Array.of(0.7), [])]) };
        case "per channel": {
          const shift = g.weight("shift", [1, x.channels, 1, 1], noise(x.channels));
          return { ...x, value: g.node("Sub", [x.value, shift]) };
        }
        case "softmax":
          return { ...x, value: g.node("Softmax", [x.value], { axis: 1 }) };
        case "transposed": {
          if (x.height * x.width > 400) return undefined;
          const weights = noise(x.channels * 5 * 4).map((value) => value / Math.sqrt(x.channels));
          const inputs = [
            x.value,
            g.weight("w", [x.channels, 5, 2, 2], weights),
            g.weight("b", [5], noise(5)),
          ];
          const value = g.node("ConvTranspose", inputs, { strides: [2, 2] });
          return { value, channels: 5, height: x.height * 2, width: x.width * 2 };
        }
        default: {
          const there = g.node("Transpose", [x.value], { perm: [0, 2, 3, 1] });
          return { ...x, value: g.node("Transpose", [g.node("Relu", [there])], { perm: [0, 3, 1, 2] }) };
        }
      }
    },
  }));

const step = fc.oneof(
  { weight: 6, arbitrary: conv },
  { weight: 3, arbitrary: activation },
  { weight: 2, arbitrary: bottleneck },
  pool,
  squeeze,
  residual,
  concat,
  resize,
  other,
);

/** How a network ends. */
const head = fc.constantFrom("map", "mean", "classifier", "flatten");

/** Random networks. Steps that do not fit the map before them are left out. */
export const randomGraphs: fc.Arbitrary<RandomGraph> = fc
  .record({
    batch: fc.constantFrom(1, 1, 1, 2),
    channels: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 30 }),
    width: fc.integer({ min: 1, max: 30 }),
    steps: fc.array(step, { minLength: 1, maxLength: 7 }),
    head,
    seed: fc.nat(),
    storage: fc.constantFrom("fp32" as const, "fp32" as const, "fp16" as const),
  })
  .map(({ batch, channels, height, width, steps, head: end, seed, storage }) => {
    const g = numbered(createGraph("random"));
    const noise = noiseFrom(seed);
    let x: Feature = {
      // What is flattened fits one size only.
      value: g.input("input", [
        "batch",
        channels,
        ...(end === "flatten" ? [height, width] : ["height", "width"]),
      ]),
      channels,
      height,
      width,
    };
    const texts = [`[${batch}, ${channels}, ${height}, ${width}]`];
    for (const one of steps) {
      // What resizes names its batch.
      if (batch > 1 && one.text.startsWith("resize")) continue;
      const next = one.apply(g, x, noise);
      if (!next || next.height * next.width * next.channels > 60_000) continue;
      x = next;
      texts.push(one.text);
    }
    texts.push(end, storage);
    finish(g, x, end, noise);
    const model = g.build({ weightsLocation: "random.data", storage });
    const text = texts.join("; ");
    return { model, dims: [batch, channels, height, width], text, [fc.toStringMethod]: () => text };
  });

function finish(g: GraphBuilder, x: Feature, end: string, noise: Noise): void {
  if (end === "map") {
    g.output("out", x.value, ["batch", x.channels, "h", "w"]);
    return;
  }
  const mean = g.node("GlobalAveragePool", [x.value]);
  if (end === "mean") {
    g.output("out", mean, ["batch", x.channels, 1, 1]);
    return;
  }
  const size = end === "flatten" ? x.channels * x.height * x.width : x.channels;
  if (size > 4000) {
    g.output("out", mean, ["batch", x.channels, 1, 1]);
    return;
  }
  const flat = g.node("Flatten", [end === "flatten" ? x.value : mean], { axis: 1 });
  const weights = noise(7 * size).map((value) => value / Math.sqrt(size));
  const value = g.node("Gemm", [flat, g.weight("fc", [7, size], weights), g.weight("fb", [7], noise(7))], {
    transB: 1,
  });
  g.output("out", value, ["batch", 7]);
}
