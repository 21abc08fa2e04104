/**
 * Every call in plain TypeScript.
 *
 * @module
 */
import { EngineError } from "../../engine.ts";
import type { Call, LoadCall, StemCall } from "../calls.ts";
import { runDequantize, runQuantize } from "./convert.ts";
import { runGemm, runReduce, runResize, runSoftmax, runSqueeze } from "./other.ts";
import { runActivation, runBinary, runCopy, runFill } from "./strided.ts";
import type { Host } from "./types.ts";
import { runConv, runConvTranspose, runGlobalPool, runPool } from "./window.ts";

export type { Host } from "./types.ts";

/** Calls that read what the caller feeds: they are the session's. */
export type FeedCall = LoadCall | StemCall;

/** Runs one call. */
export function runOnHost(call: Exclude<Call, FeedCall>, host: Host): void {
  if ("bytes" in call && call.bytes)
    throw new EngineError("failed", `${call.layer}: no kernel takes these bytes`);
  switch (call.op) {
    case "conv":
      runConv(call, host);
      break;
    case "convTranspose":
      runConvTranspose(call, host);
      break;
    case "gemm":
      runGemm(call, host);
      break;
    case "pool":
      runPool(call, host);
      break;
    case "globalPool":
      runGlobalPool(call, host);
      break;
    case "squeeze":
      runSqueeze(call, host);
      break;
    case "activation":
      runActivation(call, host);
      break;
    case "binary":
      runBinary(call, host);
      break;
    case "resize":
      runResize(call, host);
      break;
    case "copy":
      runCopy(call, host);
      break;
    case "fill":
      runFill(call, host);
      break;
    case "quantize":
      runQuantize(call, host);
      break;
    case "dequantize":
      runDequantize(call, host);
      break;
    case "softmax":
      runSoftmax(call, host);
      break;
    case "reduce":
      runReduce(call, host);
      break;
  }
}
