/** What a network computes, said as plainly as possible: channels-last, one loop a node. The lowering is held to it. */
import type { Constant, Network, Node, Operand, Shape, UnaryFunction } from "../../../tools/nhwc/graph.ts";
import { elementCount, shapeOf } from "../../../tools/nhwc/graph.ts";
import { applyUnary } from "../../../tools/nhwc/operations/arithmetic.ts";

/** A tensor, row-major. */
export interface Plain {
  readonly dims: Shape;
  readonly data: Float64Array;
}

type Index = readonly number[];

/** Runs a network; gives its outputs by name. */
export function interpret(network: Network, inputs: Readonly<Record<string, Plain>>): Record<string, Plain> {
  const values = new Map<string, Plain>();
  for (const { name, value } of network.inputs) values.set(value, inputs[name]);
  const read = (operand: Operand): Plain => {
    if (typeof operand !== "string") return plain(operand);
    const found = values.get(operand);
    if (!found) throw new Error(`${operand} is not made`);
    return found;
  };
  for (const node of network.nodes) {
    values.set(node.output, fill(shapeOf(network, node.output), evaluate(node, read)));
  }
  return Object.fromEntries(network.outputs.map(({ name, value }) => [name, read(value)]));
}

function plain({ dims, data }: Constant): Plain {
  return { dims, data: Float64Array.from(data) };
}

function fill(dims: Shape, at: (index: Index) => number): Plain {
  const data = new Float64Array(elementCount(dims));
  for (let i = 0; i < data.length; i++) {
    const index: number[] = [];
    let rest = i;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index.unshift(rest % dims[axis]);
      rest = Math.floor(rest / dims[axis]);
    }
    data[i] = at(index);
  }
  return { dims, data };
}

/** An element, zero (or `outside`) beyond the tensor. */
function get({ dims, data }: Plain, index: Index, outside = 0): number {
  let at = 0;
  for (const [axis, dim] of dims.entries()) {
    if (!(index[axis] >= 0 && index[axis] < dim)) return outside;
    at = at * dim + index[axis];
  }
  return data[at];
}

/** An element of a tensor that is broadcast. */
function broadcast(x: Plain, index: Index): number {
  const own = index.slice(index.length - x.dims.length);
  return get(
    x,
    own.map((i, axis) => (x.dims[axis] === 1 ? 0 : i)),
  );
}

function evaluate(node: Node, read: (operand: Operand) => Plain): (index: Index) => number {
  switch (node.op) {
    case "binary": {
      const [a, b] = [read(node.a), read(node.b)];
      return (index) => BINARY[node.fn](broadcast(a, index), broadcast(b, index));
    }
    case "concat": {
      const inputs = node.inputs.map(read);
      return (index) => {
        let along = index[node.axis];
        for (const input of inputs) {
          if (along < input.dims[node.axis]) return get(input, index.with(node.axis, along));
          along -= input.dims[node.axis];
        }
        return Number.NaN;
      };
    }
    default:
      return evaluateOne(node, read(node.input));
  }
}

const BINARY = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  max: Math.max,
  min: Math.min,
  pow: (a: number, b: number) => a ** b,
};

function evaluateOne(node: Exclude<Node, { op: "binary" | "concat" }>, x: Plain): (index: Index) => number {
  switch (node.op) {
    case "conv": {
      const weights = plain(node.weights);
      const [outputs, perGroup, kh, kw] = weights.dims;
      return ([n, y, column, o]) => {
        const group = Math.floor(o / (outputs / node.groups));
        let sum = node.bias?.[o] ?? 0;
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++)
            for (let c = 0; c < perGroup; c++) {
              const row = y * node.strides[0] + i * node.dilations[0] - node.pads[0];
              const col = column * node.strides[1] + j * node.dilations[1] - node.pads[1];
              sum += get(x, [n, row, col, group * perGroup + c]) * get(weights, [o, c, i, j]);
            }
        return sum;
      };
    }
    case "conv_transpose": {
      const weights = plain(node.weights);
      const [channels, , kh, kw] = weights.dims;
      return ([n, y, column, o]) => {
        let sum = node.bias?.[o] ?? 0;
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const row = (y + node.pads[0] - i) / node.strides[0];
            const col = (column + node.pads[1] - j) / node.strides[1];
            if (!Number.isInteger(row) || !Number.isInteger(col)) continue;
            for (let c = 0; c < channels; c++) sum += get(x, [n, row, col, c]) * get(weights, [c, o, i, j]);
          }
        return sum;
      };
    }
    case "dense": {
      const weights = plain(node.weights);
      return ([n, o]) => {
        let sum = node.bias?.[o] ?? 0;
        for (let c = 0; c < x.dims[1]; c++) sum += get(x, [n, c]) * get(weights, [o, c]);
        return sum;
      };
    }
    case "unary":
      return (index) => applyUnary(node.fn as UnaryFunction, get(x, index));
    case "prelu": {
      const slope = plain(node.slope);
      return (index) => {
        const given = get(x, index);
        return given < 0 ? given * broadcast(slope, index) : given;
      };
    }
    case "pool":
      return ([n, y, column, c]) => {
        const inside: number[] = [];
        for (let i = 0; i < node.kernel[0]; i++)
          for (let j = 0; j < node.kernel[1]; j++) {
            const row = y * node.strides[0] + i - node.pads[0];
            const col = column * node.strides[1] + j - node.pads[1];
            const found = get(x, [n, row, col, c], Number.NaN);
            if (!Number.isNaN(found)) inside.push(found);
          }
        return node.fn === "max" ? Math.max(...inside) : mean(inside);
      };
    case "reduce":
      return (index) => {
        const found: number[] = [];
        const kept = [...index];
        const outer = x.dims.map((_, axis) =>
          node.axes.includes(axis) ? -1 : ((node.keepDims ? index[axis] : kept.shift()) ?? 0),
        );
        fill(x.dims, (inner) => {
          if (inner.every((i, axis) => outer[axis] < 0 || outer[axis] === i)) found.push(get(x, inner));
          return 0;
        });
        if (node.fn === "sum") return found.reduce((a, b) => a + b, 0);
        return node.fn === "mean" ? mean(found) : node.fn === "max" ? Math.max(...found) : Math.min(...found);
      };
    case "resize":
      return ([n, y, column, c]) => {
        const rows = taps(node, y, x.dims[1], node.size[0]);
        const columns = taps(node, column, x.dims[2], node.size[1]);
        let sum = 0;
        for (const [row, share] of rows)
          for (const [col, other] of columns) sum += share * other * get(x, [n, row, col, c]);
        return sum;
      };
    case "pad":
      return (index) => {
        const from = index.map((i, axis) => i - node.pads[axis][0]);
        if (node.mode === "constant") return get(x, from, node.value);
        return get(
          x,
          from.map((i, axis) => {
            const last = x.dims[axis] - 1;
            if (node.mode === "edge") return Math.min(Math.max(i, 0), last);
            return i < 0 ? -i : i > last ? 2 * last - i : i;
          }),
        );
      };
    case "reshape":
      return (index) => x.data[node.shape.reduce((at, dim, axis) => at * dim + index[axis], 0)];
    case "transpose":
      return (index) =>
        get(
          x,
          x.dims.map((_, axis) => index[node.perm.indexOf(axis)]),
        );
    case "softmax":
      return (index) => {
        const all = Array.from({ length: x.dims[node.axis] }, (_, i) =>
          Math.exp(get(x, index.with(node.axis, i))),
        );
        return all[index[node.axis]] / all.reduce((a, b) => a + b, 0);
      };
    case "slice":
      return (index) =>
        get(
          x,
          index.map((i, axis) => node.starts[axis] + i * node.steps[axis]),
        );
    case "depth_to_space":
      return ([n, y, column, c]) => {
        const { block } = node;
        const depth = x.dims[3] / block ** 2;
        const channel = ((y % block) * block + (column % block)) * depth + c;
        return get(x, [n, Math.floor(y / block), Math.floor(column / block), channel]);
      };
    case "space_to_depth":
      return ([n, y, column, c]) => {
        const depth = x.dims[3];
        const within = Math.floor(c / depth);
        const [i, j] = [Math.floor(within / node.block), within % node.block];
        return get(x, [n, y * node.block + i, column * node.block + j, c % depth]);
      };
    case "space_to_batch":
      return ([n, y, column, c]) => {
        const within = Math.floor(n / x.dims[0]);
        const [i, j] = [Math.floor(within / node.block[1]), within % node.block[1]];
        const row = y * node.block[0] + i - node.pads[0];
        return get(x, [n % x.dims[0], row, column * node.block[1] + j - node.pads[1], c]);
      };
    case "batch_to_space":
      return ([n, y, column, c]) => {
        const batches = x.dims[0] / (node.block[0] * node.block[1]);
        const [row, col] = [y + node.pads[0], column + node.pads[1]];
        const within = (row % node.block[0]) * node.block[1] + (col % node.block[1]);
        return get(x, [
          within * batches + n,
          Math.floor(row / node.block[0]),
          Math.floor(col / node.block[1]),
          c,
        ]);
      };
  }
}

/** Which input pixels an output pixel is made of, and their shares: tensorflow/core/kernels/image (resize_bilinear_op.cc, resize_nearest_neighbor_op.cc). */
function taps(
  { mode, coordinates }: Extract<Node, { op: "resize" }>,
  i: number,
  from: number,
  to: number,
): readonly (readonly [number, number])[] {
  const clamp = (at: number) => Math.min(Math.max(at, 0), from - 1);
  const scale = coordinates === "align_corners" && to > 1 ? (from - 1) / (to - 1) : from / to;
  if (mode === "nearest") {
    if (coordinates === "align_corners") return [[clamp(Math.floor(i * scale + 0.5)), 1]];
    return [[clamp(Math.floor(coordinates === "half_pixel" ? (i + 0.5) * scale : i * scale)), 1]];
  }
  const at = coordinates === "half_pixel" ? (i + 0.5) * scale - 0.5 : i * scale;
  const low = Math.floor(at);
  return [
    [clamp(low), 1 - (at - low)],
    [clamp(low + 1), at - low],
  ];
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}
