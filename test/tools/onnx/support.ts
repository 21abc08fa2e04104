import * as ort from "onnxruntime-web";
import type { Outputs, Tensor } from "../../../src/runtime/engines/engine.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";

/** Runs a built model once in onnxruntime-web, on one thread. */
export async function runModel(
  model: BuiltModel,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Outputs> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(model.graph, {
    externalData: [{ path: model.weightsLocation, data: model.weights }],
  });
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, dims }]) => [name, new ort.Tensor("float32", data, dims)]),
  );
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [name, { dims, data: data as Float32Array }]),
  );
}
