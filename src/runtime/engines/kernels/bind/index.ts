/**
 * Binding: a plan's calls become functions without arguments.
 *
 * @module
 */
import type { Call } from "../calls.ts";
import { runOnHost } from "../host/index.ts";
import { bindBytes, isOnBytes } from "./bytes/index.ts";
import { bindByteStem } from "./bytes/stem.ts";
import { bindConv } from "./conv.ts";
import { bindActivation, bindBinary, bindCopy } from "./elementwise.ts";
import { bindLoad, bindStem, type Feed } from "./feed.ts";
import { bindGemm } from "./gemm.ts";
import { bindResize, bindSoftmax } from "./other.ts";
import { bindGlobalPool, bindPool, bindSqueeze } from "./pool.ts";
import { bindConvTranspose } from "./transposed.ts";
import type { Bound, Target } from "./types.ts";

export type { Feed } from "./feed.ts";
export type { Bound, Target } from "./types.ts";

/** The kernel that takes a call, bound; `undefined` when there is none. */
function bindKernel(call: Call, target: Target): Bound | undefined {
  switch (call.op) {
    case "conv":
      return bindConv(call, target);
    case "convTranspose":
      return bindConvTranspose(call, target);
    case "gemm":
      return bindGemm(call, target);
    case "pool":
      return bindPool(call, target);
    case "globalPool":
      return bindGlobalPool(call, target);
    case "squeeze":
      return bindSqueeze(call, target);
    case "activation":
      return bindActivation(call, target);
    case "binary":
      return bindBinary(call, target);
    case "resize":
      return bindResize(call, target);
    case "copy":
      return bindCopy(call, target);
    case "softmax":
      return bindSoftmax(call, target);
    default:
      return undefined;
  }
}

/** Binds a call to addresses and kernels, or to the host where no kernel takes it. */
export function bind(call: Call, target: Target, feed: Feed): Bound {
  if (call.op === "load") return bindLoad(call, target, feed);
  if (call.op === "stem") return (call.bytes ? bindByteStem : bindStem)(call, target, feed);
  const bound = isOnBytes(call) ? bindBytes(call, target) : bindKernel(call, target);
  return bound ?? (() => runOnHost(call, target.host));
}
