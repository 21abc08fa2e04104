import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { MIN_MEMORY_PAGES } from "../../../src/runtime/engines/kernels/module.ts";
import { BUILDS, compileKernels } from "../../../tools/kernels/compile.ts";

const committed = (build: string) =>
  readFile(new URL(`../../../src/kernels/build/kernels.${build}.wasm`, import.meta.url));

describe("the committed kernels", () => {
  it.each(BUILDS)("%s is what the sources compile to, byte for byte", async (build) => {
    const compiled = await compileKernels(build);
    const file = await committed(build);
    expect(file.equals(compiled), "run `npm run kernels` and commit src/kernels/build").toBe(true);
  });

  it("take at most 64 KB gzipped", async () => {
    const sizes = await Promise.all(BUILDS.map(async (build) => gzipSync(await committed(build)).length));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
  });

  it("import one memory and nothing else, and export the same functions", async () => {
    const exportsOf = [];
    for (const build of BUILDS) {
      const module = new WebAssembly.Module(new Uint8Array(await committed(build)));
      expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
      new WebAssembly.Instance(module, {
        env: { memory: new WebAssembly.Memory({ initial: MIN_MEMORY_PAGES }) },
      });
      exportsOf.push(WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`));
    }
    expect(exportsOf[0]).toEqual(exportsOf[1]);
    expect(exportsOf[0]?.every((name) => name.startsWith("function "))).toBe(true);
  });
});
