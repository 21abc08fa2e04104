/**
 * libwebp's module in Node, compiled from the package's file.
 *
 * @module
 */
import { readFile } from "node:fs/promises";

/** The module that `#libwebp-module` stands for under the condition `node` (package.json, "imports"). */
export async function loadLibwebpModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(
    await readFile(new URL(import.meta.resolve("@jsquash/webp/codec/dec/webp_dec.wasm"))),
  );
}
