/**
 * Compiles `src/kernels` to its two WebAssembly builds.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { InlineTransform } from "./inline.ts";

/** The builds: with relaxed SIMD (fused multiply-add, integer dot products), and without, for hosts that lack it. */
export type Build = "relaxed" | "simd";

export const BUILDS: readonly Build[] = ["relaxed", "simd"];

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Binaryen's passes that run. Not the usual sets of `-O2` and above: their local simplification folds each accumulator's multiply-adds
 * into one nested expression, so that the processor meets them as one dependent chain; it cost 35 % of the matrix product's speed.
 */
const PASSES = ["remove-unused-module-elements"];

/** The module has no table, no data and no memory of its own; it imports `env.memory` of at least 16 pages (`MIN_MEMORY_PAGES`). */
const OPTIONS = [
  "--optimizeLevel=1",
  "--noAssert",
  "--runtime=stub",
  "--importMemory",
  "--noExportMemory",
  "--initialMemory=16",
  "--enable=simd",
  `--runPasses=${PASSES.join(",")}`,
];

/** Entries that are compiled: the kernels, and the loops that their speed is held against. */
const ENTRIES = { kernels: "src/kernels/index.ts", roofs: "src/kernels/roofs.ts" } as const;

/** Compiles one build. @throws {Error} with the compiler's own messages when the sources have errors. */
export async function compileKernels(
  build: Build,
  entry: keyof typeof ENTRIES = "kernels",
): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const options = [ENTRIES[entry], ...OPTIONS, "--outFile=kernels.wasm", `--baseDir=${root}`];
  if (build === "relaxed") options.push("--enable=relaxed-simd");
  const { error, stderr } = await asc.main(options, {
    writeFile(_name: string, contents: Uint8Array | string) {
      if (typeof contents !== "string") binary = contents;
    },
    transforms: [new InlineTransform()],
  });
  if (error || !binary)
    throw new Error(`AssemblyScript: ${error?.message ?? "no output"}\n${stderr.toString()}`);
  return binary;
}
