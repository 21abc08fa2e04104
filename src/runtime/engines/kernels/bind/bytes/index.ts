/**
 * Binds calls on bytes to the integer kernels.
 *
 * @module
 */
import type { Call } from "../../calls.ts";
import { bindCopy } from "../elementwise.ts";
import type { Bound, Target } from "../types.ts";
import { bindByteConv, bindByteConvTranspose, bindByteGemm } from "./conv.ts";
import { bindByteBinary, bindDequantize, bindLookup, bindQuantize } from "./elementwise.ts";
import { bindByteGlobalPool, bindBytePool, bindByteResize } from "./pool.ts";

/** Whether a call reads or writes bytes. */
export function isOnBytes(call: Call): boolean {
  if (call.op === "quantize" || call.op === "dequantize") return true;
  if ("bytes" in call && call.bytes) return true;
  return call.output.storage === "u8";
}

/** The kernel that takes a call on bytes, bound; `undefined` when there is none. */
export function bindBytes(call: Call, target: Target): Bound | undefined {
  switch (call.op) {
    case "conv":
      return bindByteConv(call, target);
    case "convTranspose":
      return bindByteConvTranspose(call, target);
    case "gemm":
      return bindByteGemm(call, target);
    case "pool":
      return bindBytePool(call, target);
    case "globalPool":
      return bindByteGlobalPool(call, target);
    case "activation":
      return bindLookup(call, target);
    case "binary":
      return bindByteBinary(call, target);
    case "resize":
      return bindByteResize(call, target);
    case "quantize":
      return bindQuantize(call, target);
    case "dequantize":
      return bindDequantize(call, target);
    case "copy":
      return bindCopy(call, target);
    default:
      return undefined;
  }
}
