/**
 * Starts onnxruntime-web from an already compiled module, as Workers ask for: they compile no WebAssembly at run time.
 *
 * onnxruntime-web has no option that takes a `WebAssembly.Module`. It does take the module's bytes (`env.wasm.wasmBinary`), and hands
 * them to `WebAssembly.instantiate`. So it is given a few stand-in bytes, and for the time of its initialisation `WebAssembly.instantiate`
 * is wrapped: called with those bytes, it instantiates the compiled module. Nothing of onnxruntime is patched.
 *
 * @module
 */
import { env, InferenceSession } from "onnxruntime-web/wasm";

/** The release whose way through initialisation this file knows. A test compares it, so that an upgrade is looked at. */
export const KNOWN_ONNXRUNTIME_VERSION = "1.30.0";

/** What stands in for the module's bytes. Recognised by content, because Emscripten copies the array that it is given. */
const STAND_IN = new TextEncoder().encode("edge-vision: stand-in for ort-wasm-simd-threaded.wasm");

/**
 * The smallest model that onnxruntime takes: one `Identity` node, `x` to `y`, both `float[1]`; IR version 8, opset 17. Opening it is the
 * public way to start onnxruntime.
 */
const IDENTITY_MODEL =
  "CAgSADo3ChAKAXgSAXkiCElkZW50aXR5EgFlWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQEQ==";

/** Whether `source` holds the stand-in's bytes. */
function isStandIn(source: unknown): boolean {
  if (!(source instanceof Uint8Array || source instanceof ArrayBuffer)) return false;
  const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
  return bytes.byteLength === STAND_IN.byteLength && STAND_IN.every((byte, i) => bytes[i] === byte);
}

/** The memory that Emscripten passes to its module, somewhere among its imports under a minified name. */
function findMemory(imports: WebAssembly.Imports | undefined): WebAssembly.Memory | undefined {
  for (const namespace of Object.values(imports ?? {})) {
    for (const value of Object.values(namespace)) {
      if (value instanceof WebAssembly.Memory) return value;
    }
  }
  return undefined;
}

/**
 * Initialises onnxruntime-web, one thread, with a compiled `ort-wasm-simd-threaded.wasm`. To be called once in an isolate: onnxruntime is a
 * singleton, and after a failed start it refuses every other.
 *
 * @returns its memory; `buffer.byteLength` is the exact size of its heap.
 * @throws {Error} when onnxruntime did not come by `WebAssembly.instantiate` as expected.
 */
export async function startOnnxRuntime(module: WebAssembly.Module): Promise<WebAssembly.Memory> {
  env.wasm.numThreads = 1;
  env.wasm.proxy = false;
  env.wasm.wasmBinary = STAND_IN.slice().buffer;
  env.logLevel = "error";

  const original = WebAssembly.instantiate;
  let memory: WebAssembly.Memory | undefined;
  const wrapped = async (source: unknown, imports?: WebAssembly.Imports): Promise<unknown> => {
    if (!isStandIn(source)) return Reflect.apply(original, WebAssembly, [source, imports]);
    memory = findMemory(imports);
    return { module, instance: await original(module, imports) };
  };
  WebAssembly.instantiate = wrapped as typeof WebAssembly.instantiate;
  try {
    const model = Uint8Array.from(atob(IDENTITY_MODEL), (character) => character.charCodeAt(0));
    const session = await InferenceSession.create(model, { executionProviders: ["wasm"] });
    await session.release();
  } finally {
    WebAssembly.instantiate = original;
  }
  if (memory === undefined) {
    throw new Error(
      `onnxruntime-web ${env.versions.web} does not start the way ${KNOWN_ONNXRUNTIME_VERSION} does: its memory was not seen`,
    );
  }
  return memory;
}
