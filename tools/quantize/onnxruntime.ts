/**
 * onnxruntime-web in Node: it runs networks with any of their values as outputs, and is what an int8 file must run in.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Session } from "../../src/runtime/engines/engine.ts";
import { createOnnxRuntimeEngine } from "../../src/runtime/engines/onnxruntime/engine.ts";
import { openSession } from "../../src/runtime/engines/onnxruntime/session.ts";
import type { GraphFiles } from "../models/store.ts";

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Opens a graph.
 *
 * @param optimization see `openSession`
 * @throws {EngineError}
 */
export async function openInOnnxRuntime(
  { graph, weights, weightsLocation }: GraphFiles,
  optimization: "all" | "disabled" = "all",
): Promise<Session> {
  compiled ??= readFile(
    fileURLToPath(import.meta.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm")),
  ).then((bytes) => WebAssembly.compile(bytes));
  await createOnnxRuntimeEngine(await compiled);
  return openSession(graph, { location: weightsLocation, data: weights }, optimization);
}
