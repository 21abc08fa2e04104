/** A compiled WebAssembly module: what wrangler, workerd and the tests make of an imported `.wasm` file. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** The manifest that `npm run models -- prepare` writes. It is not in git, so its type must not depend on its being there. */
declare module "*/manifest.json" {
  const manifest: unknown;
  export default manifest;
}
