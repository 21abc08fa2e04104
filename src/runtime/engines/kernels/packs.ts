/**
 * Which weights a network needs, each in the form that its kernel reads.
 *
 * @module
 */
import { type Constant, type Constants, constantFloats } from "./constants.ts";
import { activationTable, type DepthwisePack, integerPack, type MatrixPack } from "./integer-packs.ts";
import type { ByteForm, Layer, Network } from "./layers.ts";
import { convKind } from "./lower/window.ts";
import {
  convLayout,
  convLayoutF16,
  depthwiseLayout,
  type PackedLayout,
  transposed2x2Layout,
  unfoldedLayout,
} from "./packing/layout.ts";

/** Weights in memory as floats or halves: a layer's, bias among them, or a constant. */
export interface FloatPack {
  readonly kind: "floats";
  /** The constant that is packed, and its bias. */
  readonly weight: Constant;
  readonly bias: Constant | undefined;
  /** Where each weight goes; `undefined` keeps ONNX's order, the bias following (what the host reads). */
  readonly layout: PackedLayout | undefined;
  /** Kept as half-precision numbers. */
  readonly half: boolean;
  readonly bytes: number;
}

/** What a function of a byte gives for all 256. */
export interface TablePack {
  readonly kind: "table";
  readonly table: Uint8Array;
  readonly bytes: number;
}

export type Pack = FloatPack | MatrixPack | DepthwisePack | TablePack;

/** What is kept of a pack once it is loaded. */
export type LoadedPack =
  | (Pick<FloatPack, "kind" | "layout" | "half" | "bytes"> & { readonly weight: Pick<Constant, "dims"> })
  | Pick<MatrixPack | DepthwisePack | TablePack, "kind" | "bytes">;

/** All packs of a network: `Pack`s, or what is kept of them. */
export interface Packs<P extends LoadedPack = Pack> {
  readonly list: readonly P[];
  /** The pack that a layer (`undefined`: a constant operand) reads by the name of its weight. */
  indexOf(name: string, layer: Layer | undefined): number;
}

/** From this size on, matrices stored as fp16 stay so in memory and are widened tile by tile: fc6 of Faster R-CNN (12,544 × 1,024). */
const HALF_ELEMENTS = 4 << 20;

const count = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);

/** Whether a transposed convolution is of the one kind that has a kernel. */
export function isTransposed2x2(layer: Layer): boolean {
  if (layer.kind !== "convTranspose" || layer.group !== 1) return false;
  const { kernel, stride, dilation, padding } = layer.window;
  const plain = dilation.join() === "1,1" && String(padding) === "0,0,0,0";
  return plain && kernel.join() === "2,2" && stride.join() === "2,2";
}

interface Wanted {
  readonly name: string;
  readonly bias?: string | undefined;
  readonly layout?: PackedLayout | undefined;
  readonly half?: boolean;
  /** Distinguishes forms of one weight. */
  readonly form: string;
}

/** The weights that a layer reads as floats. */
function wantedBy(layer: Layer, constants: Constants): Wanted[] {
  if (layer.bytes) return wantedOnBytes(layer, layer.bytes);
  const want = (
    name: string,
    bias: string | undefined,
    form: string,
    layout?: PackedLayout,
    half = false,
  ) => [{ name, bias, layout, half, form }];
  switch (layer.kind) {
    case "stem": {
      const [out, channels, height, width] = layer.weightDims;
      return want(layer.weight, layer.bias, "unfolded", unfoldedLayout(out, channels, height * width));
    }
    case "conv": {
      const [out, channels, height, width] = layer.weightDims;
      const kind = convKind(layer);
      if (kind === "grouped") return want(layer.weight, layer.bias, "raw");
      const taps = height * width;
      if (kind === "depthwise")
        return want(layer.weight, layer.bias, "depthwise", depthwiseLayout(out, taps));
      return want(layer.weight, layer.bias, "conv", convLayout(out, channels, taps));
    }
    case "convTranspose": {
      if (!isTransposed2x2(layer)) return want(layer.weight, layer.bias, "raw");
      const [channels, out] = layer.weightDims;
      return want(layer.weight, layer.bias, "transposed", transposed2x2Layout(out, channels));
    }
    case "gemm": {
      const { rows, columns, transposed } = layer;
      const half = constants.get(layer.weight)?.type === "float16" && rows * columns >= HALF_ELEMENTS;
      const layout = (half ? convLayoutF16 : convLayout)(columns, rows, 1, !transposed);
      return want(layer.weight, layer.bias, half ? "half" : "conv", layout, half);
    }
    case "squeeze": {
      const [channels, squeezed, out] = layer.channels;
      return [
        ...want(layer.weights[0], layer.biases[0], "conv", convLayout(squeezed, channels)),
        ...want(layer.weights[1], layer.biases[1], "conv", convLayout(out, squeezed)),
      ];
    }
    case "binary":
      return [layer.left, layer.right].flatMap((side) =>
        "constant" in side ? want(side.constant, undefined, "raw") : [],
      );
    default:
      return [];
  }
}

/** The weights that a layer on bytes reads. Their packed form depends on what its bytes stand for. */
function wantedOnBytes(layer: Layer, bytes: ByteForm): Wanted[] {
  switch (layer.kind) {
    case "stem":
    case "conv":
    case "convTranspose":
    case "gemm": {
      const form = JSON.stringify([layer.kind, bytes, layer.activation]);
      return [{ name: layer.weight, bias: layer.bias, form }];
    }
    case "activation":
      return [{ name: layer.output, form: "table" }];
    default:
      return [];
  }
}

/** Number of outputs, for the bias of weights that keep ONNX's order. */
function rawBytes(weight: Constant, bias: Constant | undefined, layer: Layer): number {
  const outputs =
    layer.kind === "conv"
      ? layer.weightDims[0]
      : layer.kind === "convTranspose"
        ? layer.weightDims[1] * layer.group
        : 0;
  // A constant operand is read in whole vectors.
  return (Math.ceil(count(weight.dims) / 4) * 4 + Math.max(outputs, bias ? count(bias.dims) : 0)) * 4;
}

/** What is put into memory for a wanted weight. */
function packOf(
  wanted: Wanted,
  layer: Layer,
  constants: Constants,
  owners: Map<string, MatrixPack>,
): Pack | undefined {
  const { bytes } = layer;
  if (bytes && layer.kind === "activation") {
    const table = activationTable(layer, bytes);
    return { kind: "table", table, bytes: table.length };
  }
  const weight = constants.get(wanted.name);
  const bias = wanted.bias === undefined ? undefined : constants.get(wanted.bias);
  if (!weight) return undefined;
  if (bytes && "weight" in layer) {
    const key = `${layer.kind} ${weight.name}`;
    const pack = integerPack(layer, bytes, weight, constants, owners.get(key));
    if (pack.kind === "matrix" && !pack.owner) owners.set(key, pack);
    return pack;
  }
  const { layout, half = false } = wanted;
  const size = layout ? layout.elements * (half ? 2 : 4) : rawBytes(weight, bias, layer);
  return { kind: "floats", weight, bias, layout, half, bytes: size };
}

/** Lists the weights of a network. A weight that several layers read in the same form is packed once; so are the integers of one that only differ in scales. */
export function listPacks(network: Network, constants: Constants): Packs {
  const list: Pack[] = [];
  const indices = new Map<string, number>();
  const owners = new Map<string, MatrixPack>();
  /** By layer, and by the name of the weight. */
  const byLayer = new Map<Layer, Map<string, number>>();
  const constantOperands = new Map<string, number>();
  const keyOf = ({ name, bias, form }: Wanted) => [name, bias ?? "", form].join("\u0000");
  for (const layer of network.layers) {
    const own = new Map<string, number>();
    for (const wanted of wantedBy(layer, constants)) {
      const key = keyOf(wanted);
      const pack = indices.has(key) ? undefined : packOf(wanted, layer, constants, owners);
      if (pack) indices.set(key, list.push(pack) - 1);
      const index = indices.get(key) ?? -1;
      if (!own.has(wanted.name)) own.set(wanted.name, index);
      if (wanted.form === "raw" && wanted.bias === undefined) constantOperands.set(wanted.name, index);
    }
    if (own.size > 0) byLayer.set(layer, own);
  }
  return { list, indexOf: indexIn(byLayer, constantOperands) };
}

/** A function of its own: it outlives the constants, of which it keeps none. */
function indexIn(
  byLayer: ReadonlyMap<Layer, ReadonlyMap<string, number>>,
  constantOperands: ReadonlyMap<string, number>,
): Packs["indexOf"] {
  return (name, layer) => (layer ? byLayer.get(layer) : constantOperands)?.get(name) ?? -1;
}

/** What runs need of packs that are loaded: neither scales nor contents. */
export function loadedPacks({ list, indexOf }: Packs): Packs<LoadedPack> {
  return {
    list: list.map((pack) => {
      const { kind, bytes } = pack;
      if (kind !== "floats") return { kind, bytes };
      const { layout, half, weight } = pack;
      return { kind, bytes, layout, half, weight: { dims: weight.dims } };
    }),
    indexOf,
  };
}

/** The bias of a pack whose bias lies in the graph file; zeros where there is none. */
export function inlineBias({ bias }: FloatPack): Float32Array | undefined {
  return bias?.data.kind === "inline" ? constantFloats(bias) : undefined;
}
