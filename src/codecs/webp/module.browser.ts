/**
 * libwebp's module in browsers: fetched from beside the code, where bundlers put files that `new URL` names.
 *
 * @module
 */

/** The module that `#libwebp-module` stands for by default (package.json, "imports"). */
export async function loadLibwebpModule(): Promise<WebAssembly.Module> {
  const url = new URL("@jsquash/webp/codec/dec/webp_dec.wasm", import.meta.url);
  return WebAssembly.compileStreaming(fetch(url));
}
