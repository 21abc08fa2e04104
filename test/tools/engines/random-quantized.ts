/** Random quantized networks: integer layers of every kind, and float layers between them. */
import fc from "fast-check";
import { createGraph, type GraphBuilder } from "../../../tools/onnx/builder.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";
import { integerWeights, type QuantizedFeature, quantized, type Range } from "./quantized-builder.ts";
import { type Feature, type Noise, noiseFrom, numbered } from "./random-graphs.ts";

/** A network, the input it takes, the step of its output, and what it is made of. */
export interface RandomQuantized {
  readonly model: BuiltModel;
  readonly dims: readonly number[];
  readonly step: number;
  readonly text: string;
}

/** What a layer's arbitrary gives: how it changes the map, or `undefined` when it does not fit. */
interface Step {
  readonly text: string;
  apply(g: GraphBuilder, x: QuantizedFeature, noise: Noise): QuantizedFeature | undefined;
}

const pair = (arb: fc.Arbitrary<number>) => fc.tuple(arb, arb);

/** Ranges of about -2..2; most networks have unsigned bytes. Scales of simple ratios would make ties, which rounding errors decide. */
const range: fc.Arbitrary<Range> = fc.record({
  scale: fc.integer({ min: 10_000, max: 40_000 }).map((value) => Math.fround(value / 1e6)),
  zero: fc.integer({ min: 90, max: 160 }),
  signed: fc.constantFrom(false, false, false, true),
});

const activation = fc.constantFrom(
  "none",
  "Relu",
  "HardSwish",
  "HardSigmoid",
  "Clip",
  "Sigmoid",
  "LeakyRelu",
);

function activate(g: GraphBuilder, x: Feature, op: string): Feature {
  const number = (n: number) => g.constant(Float32Array.of(n), []);
  switch (op) {
    case "none":
      return x;
    case "HardSigmoid":
      return { ...x, value: g.node(op, [x.value], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }) };
    case "Clip":
      return { ...x, value: g.node(op, [x.value, number(-0.5), number(0.75)]) };
    case "LeakyRelu":
      return { ...x, value: g.node(op, [x.value], { alpha: { float: 0.1 } }) };
    default:
      return { ...x, value: g.node(op, [x.value]) };
  }
}

const weights = fc.record({
  perTensor: fc.boolean(),
  bias: fc.boolean(),
  limit: fc.constantFrom(63, 127),
});

/** Convolutions of every kind; `rest` tells what comes between the product and its bytes. */
const conv: fc.Arbitrary<Step> = fc
  .record({
    kernel: pair(fc.integer({ min: 1, max: 5 })),
    stride: pair(fc.integer({ min: 1, max: 3 })),
    dilation: pair(fc.integer({ min: 1, max: 3 })),
    pads: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 }),
    out: fc.integer({ min: 1, max: 40 }),
    mix: fc.constantFrom("dense", "depthwise", "pointwise", "grouped"),
    weights,
    activation,
    to: range,
    /** Bytes between the product and its activation. */
    between: fc.option(range, { nil: undefined, freq: 4 }),
  })
  .map((options) => ({
    text: `conv ${JSON.stringify(options)}`,
    apply(g, x, noise) {
      const { mix } = options;
      let { kernel, stride, dilation, pads, out } = options;
      let group = 1;
      if (mix === "depthwise") [group, out] = [x.channels, x.channels];
      if (mix === "grouped") {
        group = [3, 2].find((size) => x.channels % size === 0) ?? 1;
        out = Math.ceil(out / group) * group;
      }
      if (mix === "pointwise") {
        [kernel, stride, dilation] = [
          [1, 1],
          [1, 1],
          [1, 1],
        ];
        pads = [0, 0, 0, 0];
      }
      const size = (length: number, axis: 0 | 1) =>
        Math.floor(
          (length + pads[axis] + pads[axis + 2] - (kernel[axis] - 1) * dilation[axis] - 1) / stride[axis],
        ) + 1;
      const [height, width] = [size(x.height, 0), size(x.width, 1)];
      if (height < 1 || width < 1) return undefined;
      const perGroup = x.channels / group;
      const fan = perGroup * kernel[0] * kernel[1];
      const dims = [out, perGroup, ...kernel];
      const inputs = integerWeights(g, x, noise, { ...options.weights, dims, axis: 0, fan });
      const value = g.node("Conv", inputs, { pads, strides: stride, dilations: dilation, group });
      const product = { value, channels: out, height, width };
      // Two roundings in a row are joined to one by onnxruntime.
      const { between } = options;
      const rounded = between && options.activation !== "none" ? quantized(g, product, between) : product;
      return quantized(g, activate(g, rounded, options.activation), options.to);
    },
  }));

/** A function of bytes. (Other bytes for the same numbers: onnxruntime joins two such roundings to one.) */
const unary: fc.Arbitrary<Step> = fc
  .record({ op: activation.filter((op) => op !== "none"), to: range })
  .map(({ op, to }) => ({
    text: `${op} ${JSON.stringify(to)}`,
    apply: (g, x) => quantized(g, activate(g, x, op), to),
  }));

/** A shortcut: added to the product itself, or to its bytes. */
const residual: fc.Arbitrary<Step> = fc
  .record({
    kernel: fc.constantFrom(1, 3),
    weights,
    activation: fc.constantFrom("none", "Relu", "HardSwish"),
    to: range,
    between: fc.option(range, { nil: undefined }),
    flip: fc.boolean(),
  })
  .map((options) => ({
    text: `residual ${JSON.stringify(options)}`,
    apply(g, x, noise) {
      const { kernel, to, between, flip } = options;
      const { channels } = x;
      const dims = [channels, channels, kernel, kernel];
      const fan = channels * kernel * kernel;
      const inputs = integerWeights(g, x, noise, { ...options.weights, dims, axis: 0, fan });
      const pad = (kernel - 1) / 2;
      const product = { ...x, value: g.node("Conv", inputs, { pads: [pad, pad, pad, pad] }) };
      const rounded = between ? quantized(g, product, between) : product;
      const value = g.node("Add", flip ? [x.value, rounded.value] : [rounded.value, x.value]);
      return quantized(g, activate(g, { ...x, value }, options.activation), to);
    },
  }));

const squeeze: fc.Arbitrary<Step> = fc
  .record({ squeezed: fc.integer({ min: 1, max: 12 }), weights, whole: fc.boolean(), to: range })
  .map(({ squeezed, weights: kind, whole, to }) => ({
    text: `squeeze to ${squeezed}${whole ? "" : ", gate in floats"}`,
    apply(g, x, noise) {
      const gate: Range = { scale: Math.fround(1 / 255), zero: 0, signed: false };
      const unsigned: Range = { scale: Math.fround(0.02), zero: 0, signed: false };
      const mean = { ...x, value: g.node("GlobalAveragePool", [x.value]), height: 1, width: 1 };
      const pooled = whole ? quantized(g, mean, x.range) : { ...mean, range: x.range };
      const first = { ...kind, dims: [squeezed, x.channels, 1, 1], axis: 0 as const, fan: x.channels };
      const relu = g.node("Relu", [g.node("Conv", integerWeights(g, pooled, noise, first))]);
      const hidden = { ...pooled, value: relu, channels: squeezed };
      const inner = whole ? quantized(g, hidden, unsigned) : { ...hidden, range: unsigned };
      const second = { ...kind, dims: [x.channels, squeezed, 1, 1], axis: 0 as const, fan: squeezed };
      const conv2 = { ...mean, value: g.node("Conv", integerWeights(g, inner, noise, second)) };
      const scale = quantized(g, activate(g, conv2, "HardSigmoid"), gate);
      return quantized(g, { ...x, value: g.node("Mul", [scale.value, x.value]) }, to);
    },
  }));

const pool: fc.Arbitrary<Step> = fc
  .record({
    op: fc.constantFrom("MaxPool", "AveragePool"),
    kernel: pair(fc.integer({ min: 1, max: 3 })),
    stride: pair(fc.integer({ min: 1, max: 2 })),
    pad: fc.integer({ min: 0, max: 1 }),
    countPad: fc.integer({ min: 0, max: 1 }),
    other: fc.option(range, { nil: undefined }),
  })
  .map(({ op, kernel, stride, pad, countPad, other }) => ({
    text: `${op} ${kernel} stride ${stride} pad ${pad} count ${countPad} ${JSON.stringify(other)}`,
    apply(g, x) {
      if (pad >= Math.min(...kernel)) return undefined;
      const size = (length: number, axis: 0 | 1) =>
        Math.floor((length + 2 * pad - kernel[axis]) / stride[axis]) + 1;
      const [height, width] = [size(x.height, 0), size(x.width, 1)];
      if (height < 1 || width < 1) return undefined;
      const counted = op === "AveragePool" ? { count_include_pad: countPad } : {};
      const attributes = { kernel_shape: kernel, strides: stride, pads: [pad, pad, pad, pad], ...counted };
      return quantized(
        g,
        { ...x, value: g.node(op, [x.value], attributes), height, width },
        other ?? x.range,
      );
    },
  }));

const resize: fc.Arbitrary<Step> = fc
  .record({
    mode: fc.constantFrom("linear", "nearest"),
    factor: pair(fc.integer({ min: 1, max: 3 })),
    coordinates: fc.constantFrom("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"),
  })
  .map(({ mode, factor, coordinates }) => ({
    text: `resize ${mode} ${coordinates} by ${factor}`,
    apply(g, x) {
      const [height, width] = [x.height * factor[0], x.width * factor[1]];
      const sizes = g.constant(BigInt64Array.from([1, x.channels, height, width].map(BigInt)), [4]);
      const attributes =
        mode === "nearest"
          ? { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }
          : { coordinate_transformation_mode: coordinates };
      const value = g.node("Resize", [x.value, "", "", sizes], { mode, ...attributes });
      return quantized(g, { ...x, value, height, width }, x.range);
    },
  }));

const concat: fc.Arbitrary<Step> = fc
  .record({
    out: fc.integer({ min: 1, max: 24 }),
    weights,
    same: fc.constantFrom(true, true, false),
    to: range,
  })
  .map((options) => ({
    text: `concat with ${options.out}, ${options.same ? "one range" : "two ranges"}`,
    apply(g, x, noise) {
      const { out, same, to } = options;
      const shape = { dims: [out, x.channels, 1, 1], axis: 0 as const, fan: x.channels };
      const inputs = integerWeights(g, x, noise, { ...options.weights, ...shape });
      const product = { ...x, value: g.node("Relu", [g.node("Conv", inputs)]), channels: out };
      const branch = quantized(g, product, same ? x.range : to);
      const value = g.node("Concat", [branch.value, x.value], { axis: 1 });
      return quantized(g, { ...x, value, channels: x.channels + out }, x.range);
    },
  }));

// No softmax: onnxruntime takes it of integers by a table of its own, several steps off.
const other: fc.Arbitrary<Step> = fc
  .record({
    what: fc.constantFrom("pad", "slice", "transposed", "transpose twice", "float", "gate", "reshape"),
    weights,
    to: range,
  })
  .map(({ what, weights: kind, to }) => ({
    text: what,
    apply(g, x, noise) {
      const ints = (...values: number[]) =>
        g.constant(BigInt64Array.from(values.map(BigInt)), [values.length]);
      switch (what) {
        case "pad": {
          const value = g.node("Pad", [x.value, ints(0, 0, 1, 0, 0, 0, 2, 1)]);
          return quantized(g, { ...x, value, height: x.height + 3, width: x.width + 1 }, x.range);
        }
        case "slice": {
          if (x.channels < 2) return undefined;
          const value = g.node("Slice", [x.value, ints(1), ints(x.channels), ints(1)]);
          return quantized(g, { ...x, value, channels: x.channels - 1 }, x.range);
        }
        case "transposed": {
          if (x.height * x.width > 400) return undefined;
          const shape = { dims: [x.channels, 5, 2, 2], axis: 1 as const, fan: x.channels };
          const value = g.node("ConvTranspose", integerWeights(g, x, noise, { ...kind, ...shape }), {
            strides: [2, 2],
          });
          return quantized(g, { value, channels: 5, height: x.height * 2, width: x.width * 2 }, to);
        }
        case "float": {
          // A layer that was left in floats.
          const data = noise(6 * x.channels).map((value) => value * Math.sqrt(3 / x.channels));
          const value = g.node("Conv", [x.value, g.weight("w", [6, x.channels, 1, 1], data)]);
          return quantized(g, { ...x, value: g.node("Tanh", [value]), channels: 6 }, to);
        }
        case "gate":
          return quantized(g, { ...x, value: g.node("Mul", [x.value, g.node("Sigmoid", [x.value])]) }, to);
        case "reshape": {
          const flat = quantized(g, { ...x, value: g.node("Flatten", [x.value], { axis: 1 }) }, x.range);
          const dims = ints(-1, x.channels, x.height, x.width);
          return quantized(g, { ...x, value: g.node("Reshape", [flat.value, dims]) }, x.range);
        }
        default: {
          const there = g.node("Transpose", [x.value], { perm: [0, 2, 3, 1] });
          const bytes = quantized(g, { ...x, value: there }, x.range);
          return quantized(
            g,
            { ...x, value: g.node("Transpose", [bytes.value], { perm: [0, 3, 1, 2] }) },
            x.range,
          );
        }
      }
    },
  }));

const step = fc.oneof(
  { weight: 7, arbitrary: conv },
  { weight: 2, arbitrary: unary },
  { weight: 2, arbitrary: residual },
  squeeze,
  pool,
  resize,
  concat,
  { weight: 2, arbitrary: other },
);

/** How a network ends: in bytes, in the floats of a product, in the mean, or in a classifier. */
const head = fc.constantFrom("bytes", "product", "mean", "classifier");

/** Random quantized networks. Steps that do not fit the map before them are left out. */
export const randomQuantized: fc.Arbitrary<RandomQuantized> = fc
  .record({
    batch: fc.constantFrom(1, 1, 1, 2),
    channels: fc.constantFrom(3, 3, 1, 2, 4, 9),
    height: fc.integer({ min: 1, max: 24 }),
    width: fc.integer({ min: 1, max: 24 }),
    from: range,
    steps: fc.array(step, { minLength: 1, maxLength: 5 }),
    head,
    seed: fc.nat(),
  })
  .map(({ batch, channels, height, width, from, steps, head: end, seed }) => {
    const g = numbered(createGraph("random"));
    const noise = noiseFrom(seed);
    const value = g.input("input", ["batch", channels, height, width]);
    let x = quantized(g, { value, channels, height, width }, from);
    const texts = [`[${batch}, ${channels}, ${height}, ${width}] ${JSON.stringify(from)}`];
    for (const one of steps) {
      // What resizes names its batch.
      if (batch > 1 && one.text.startsWith("resize")) continue;
      const next = one.apply(g, x, noise);
      if (!next || next.height * next.width * next.channels > 40_000) continue;
      x = next;
      texts.push(one.text);
      // Between bytes halfway, many results are ties, which rounding errors decide: nothing may make more of those.
      if (one.text.startsWith("resize linear")) break;
    }
    texts.push(end);
    const step = finish(g, x, end, noise);
    const model = g.build({ weightsLocation: "random.data" });
    const text = texts.join("; ");
    return { model, dims: [batch, channels, height, width], step, text, [fc.toStringMethod]: () => text };
  });

/** Adds the outputs; gives the step that they are judged by. */
function finish(g: GraphBuilder, x: QuantizedFeature, end: string, noise: Noise): number {
  const kind = { perTensor: false, bias: true, limit: 63 };
  if (end === "bytes") {
    g.output("out", x.value, ["batch", x.channels, "h", "w"]);
    return x.range.scale;
  }
  if (end === "product") {
    const shape = { dims: [13, x.channels, 1, 1], axis: 0 as const, fan: x.channels };
    const value = g.node("Conv", integerWeights(g, x, noise, { ...kind, ...shape }));
    g.output("out", value, ["batch", 13, "h", "w"]);
    return x.range.scale;
  }
  const mean = { ...x, value: g.node("GlobalAveragePool", [x.value]), height: 1, width: 1 };
  const pooled = quantized(g, mean, x.range);
  if (end === "mean") {
    g.output("out", pooled.value, ["batch", x.channels, 1, 1]);
    return x.range.scale;
  }
  const flat = { ...pooled, value: g.node("Flatten", [pooled.value], { axis: 1 }) };
  const shape = { dims: [7, x.channels], axis: 0 as const, fan: x.channels };
  const value = g.node("Gemm", integerWeights(g, flat, noise, { ...kind, ...shape }), { transB: 1 });
  g.output("out", value, ["batch", 7]);
  return x.range.scale;
}
