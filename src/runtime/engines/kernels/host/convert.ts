/**
 * Conversions between floats and bytes in plain TypeScript, for tensors of any rank.
 *
 * @module
 */
import type { DequantizeCall, QuantizeCall } from "../calls.ts";
import { dequantizeValue, quantizeValue } from "../quantization.ts";
import { over } from "./strided.ts";
import type { Host } from "./types.ts";

export function runQuantize({ input, output, quantization }: QuantizeCall, host: Host): void {
  const [f32, u8] = [host.f32(), host.u8()];
  over(host.place(output), [host.place(input)], (y, x) => {
    u8[y] = quantizeValue(f32[x], quantization);
  });
}

export function runDequantize({ input, output, quantization }: DequantizeCall, host: Host): void {
  const [f32, u8] = [host.f32(), host.u8()];
  over(host.place(output), [host.place(input)], (y, x) => {
    f32[y] = dequantizeValue(u8[x], quantization);
  });
}
