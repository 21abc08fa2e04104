/**
 * `npm run kernels`: compiles `src/kernels` into `src/kernels/build`, and the benchmark's roofs beside their source.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { BUILDS, compileKernels } from "./compile.ts";

const folder = new URL("../../src/kernels/build/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const build of BUILDS) {
  const binary = await compileKernels(build);
  const file = new URL(`kernels.${build}.wasm`, folder);
  await writeFile(file, binary);
  console.log(`kernels.${build}.wasm: ${binary.length} bytes, ${gzipSync(binary).length} gzipped`);
}
await writeFile(
  new URL("../../bench/kernels/roofs.wasm", import.meta.url),
  await compileKernels("relaxed", "roofs"),
);
