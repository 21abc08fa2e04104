/**
 * What torchvision's models may take of a Worker's memory, each alone, at the largest input that it is fed.
 *
 * @module
 */
import type { MemoryCase } from "./measure.ts";

/** A case and its limit. */
export interface MemoryLimit extends MemoryCase {
  /** Most megabytes: WebAssembly memory, V8's used heap and array buffers above the idle Worker's. */
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
