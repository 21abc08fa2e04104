/**
 * libwebp's compiled module in Workers: wrangler compiles imported `.wasm` files when the Worker is deployed.
 *
 * @module
 */
import libwebp from "@jsquash/webp/codec/dec/webp_dec.wasm";

/** The module that `#libwebp-module` stands for under the condition `workerd` (package.json, "imports"). */
export async function loadLibwebpModule(): Promise<WebAssembly.Module> {
  return libwebp;
}
