/**
 * What binding a call to memory and kernels may ask of its surroundings.
 *
 * @module
 */
import type { View } from "../calls.ts";
import type { Host } from "../host/index.ts";
import type { Kernels } from "../module.ts";
import type { LoadedPack } from "../packs.ts";

/** A call with all its addresses: ready to run. */
export type Bound = () => void;

/** Where things are while a plan is bound. */
export interface Target {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** Byte address of a view's element zero; as a 32-bit number, as it may lie before what is held. */
  address(view: View): number;
  /** Byte address of packed weights. */
  weights(index: number): number;
  /** Bytes of packed weights. */
  weightBytes(index: number): number;
  pack(index: number): LoadedPack;
  /** For what no kernel knows. */
  readonly host: Host;
}
