/**
 * What torchvision's models may take of a Worker's memory, each alone, at the largest input that it is fed.
 *
 * @module
 */
import type { MemoryCase } from "./measure.ts";

/** A case and its limits. */
export interface MemoryLimit extends Omit<MemoryCase, "variant"> {
  /** Most megabytes in fp32: WebAssembly memory, V8's used heap and array buffers above the idle Worker's. int8 may take half of it. */
  readonly most: number;
}

/** The limits. They leave room in the 128 MiB of an isolate for the Worker itself, the decoder and waiting requests. */
export const MEMORY_LIMITS: readonly MemoryLimit[] = [
  { model: "mobilenet_v3_small", route: "classify", height: 256, width: 256, most: 16 },
  { model: "mobilenet_v3_large", route: "classify", height: 256, width: 256, most: 30 },
  { model: "lraspp_mobilenet_v3_large", route: "segment", height: 520, width: 693, most: 34 },
  { model: "deeplabv3_mobilenet_v3_large", route: "segment", height: 520, width: 693, most: 70 },
  { model: "fasterrcnn_mobilenet_v3_large_320_fpn", route: "detect", height: 320, width: 640, most: 100 },
  { model: "fasterrcnn_mobilenet_v3_large_fpn", route: "detect", height: 800, width: 1333, most: 110 },
];

/** All of torchvision's models in int8, the smallest first; the quantized Large has no other variant. */
export const ALL_INT8: readonly MemoryCase[] = [
  ...MEMORY_LIMITS.slice(0, 2),
  { model: "mobilenet_v3_large_quantized", route: "classify", height: 256, width: 256 } as const,
  ...MEMORY_LIMITS.slice(2),
].map(({ model, route, height, width }) => ({ model, variant: "int8", route, height, width }));

/** Most megabytes for all of {@link ALL_INT8} at once. */
export const ALL_INT8_MOST = 110;
