/**
 * Holds layers against what the processor can do.
 *
 * @module
 */
import type { LayerTime, Roofs, RoofsBySet } from "./protocol.ts";

/** A layer with its rates, and its share of the roof that holds it: the slower of multiplying and of moving. */
export interface LayerRow extends LayerTime {
  readonly share: number;
  readonly gmacs: number;
  readonly gbs: number;
  readonly roof: "multiply-add" | "memory";
  /** Milliseconds that it would take at its roof. */
  readonly least: number;
}

/** The rate measured with the working set nearest in size. */
function rateFor(bytes: number, roofs: RoofsBySet): number {
  const distance = (set: number) => Math.abs(Math.log(set / bytes));
  return [...roofs].sort(([a], [b]) => distance(a) - distance(b))[0]?.[1] ?? Number.NaN;
}

/** Operations that read weights or maps and write next to nothing. */
const READERS = ["gemm", "squeeze", "globalPool"];

/** What operations on bytes are called, after those on floats. */
const INTEGER = / int8$/;

/** Holds a layer against its roof. */
export function rateLayer(layer: LayerTime, roofs: Roofs): LayerRow {
  const { macs, bytes, milliseconds, calls } = layer;
  const operation = layer.operation.replace(INTEGER, "");
  const multiplying = macs / (operation === layer.operation ? roofs.macs : roofs.byteMacs);
  const moving = bytes / rateFor(bytes / calls, READERS.includes(operation) ? roofs.reads : roofs.copies);
  const least = Math.max(multiplying, moving);
  return {
    ...layer,
    share: least / milliseconds,
    gmacs: macs / milliseconds / 1e6,
    gbs: bytes / milliseconds / 1e6,
    roof: multiplying >= moving ? "multiply-add" : "memory",
    least,
  };
}

/** Layers of one kind of kernel, taken together. */
export interface KindRow {
  readonly kind: string;
  readonly layers: number;
  readonly milliseconds: number;
  /** Of the time in calls. */
  readonly part: number;
  /** Of their roofs. */
  readonly share: number;
}

/** Sums layers by kind: the operation, without its dilation. */
export function rateKinds(rows: readonly LayerRow[]): KindRow[] {
  const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const kinds = Map.groupBy(rows, ({ operation }) => operation.replace(/ dilated \d+/, ""));
  return [...kinds]
    .map(([kind, layers]) => {
      const milliseconds = layers.reduce((sum, layer) => sum + layer.milliseconds, 0);
      const least = layers.reduce((sum, layer) => sum + layer.least, 0);
      return {
        kind,
        layers: layers.length,
        milliseconds,
        part: milliseconds / total,
        share: least / milliseconds,
      };
    })
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Kernels that take more of a model's time than this must reach {@link KERNEL_BAR} of their roof. */
export const NOTABLE = 0.05;
export const KERNEL_BAR = 0.5;
/** What pointwise convolutions of 64 or more inputs and 32 or more pixels must reach. */
export const POINTWISE_BAR = 0.8;

/** Pointwise convolutions that {@link POINTWISE_BAR} is for. */
export function isLargePointwise({ m, k }: LayerTime): boolean {
  return k >= 64 && m >= 32;
}
