/**
 * A fresh libwebp for each picture. WebAssembly memory never shrinks; dropping the instance is what gives it back.
 *
 * @module
 */
import createLibwebp from "@jsquash/webp/codec/dec/webp_dec.js";
import { loadLibwebpModule } from "#libwebp-module";

/** What libwebp gives: RGBA, not premultiplied. */
export interface DecodedWebp {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** The part of the library that is used. */
export interface Libwebp {
  /** `null` when the file is damaged. */
  decode(file: Uint8Array): DecodedWebp | null;
}

/** Emscripten's options. (The package's own types need the DOM's.) */
interface EmscriptenOptions {
  readonly noInitialRun: boolean;
  print(text: string): void;
  printErr(text: string): void;
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ): WebAssembly.Exports;
}

const create = createLibwebp as unknown as (options: EmscriptenOptions) => Promise<Libwebp>;

let compiled: Promise<WebAssembly.Module> | undefined;

/** Makes an instance, from a module that is loaded once. */
export async function instantiate(): Promise<Libwebp> {
  compiled ??= loadLibwebpModule();
  const module = await compiled;
  return create({
    noInitialRun: true,
    print() {},
    printErr() {},
    // Not by the library's own loader: a Worker may not compile.
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
  });
}
