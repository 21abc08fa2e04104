/**
 * One open graph in onnxruntime-web.
 *
 * @module
 */
import { InferenceSession, type OnnxValue, Tensor as OrtTensor } from "onnxruntime-web/wasm";
import {
  EngineError,
  type Inputs,
  type Outputs,
  type PictureTensor,
  type Session,
  type Tensor,
  type ValueInfo,
} from "../engine.ts";
import { toPlanes } from "../rows.ts";
import { widenImage } from "./widen.ts";

/**
 * Opens a graph whose weights lie in one buffer.
 *
 * @param optimization what onnxruntime may rewrite. Where values inside the graph are outputs, too, `disabled`: 1.30 takes some for fused away, and gives
 *   nothing for them.
 * @throws {EngineError}
 */
export async function openSession(
  graph: Uint8Array,
  weights: { readonly location: string; readonly data: Uint8Array },
  optimization: "all" | "disabled" = "all",
): Promise<Session> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(graph, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: optimization,
      // External data is read in place: the weights are not copied into the heap once more as part of the model (FIELD: 74 → 41 MB).
      externalData: weights.data.byteLength > 0 ? [{ path: weights.location, data: weights.data }] : [],
    });
  } catch (cause) {
    throw toEngineError("cannot open the graph", cause);
  }
  const inputs = session.inputMetadata.map(toValueInfo);
  const outputs = session.outputMetadata.map(toValueInfo);
  return {
    engine: "onnxruntime",
    inputs,
    outputs,
    async run(values) {
      const feeds = toFeeds(inputs, values);
      let results: InferenceSession.OnnxValueMapType;
      try {
        results = await session.run(feeds);
      } catch (cause) {
        throw toEngineError("the run failed", cause);
      }
      return toOutputs(results);
    },
    close: () => session.release(),
  };
}

function toValueInfo(metadata: InferenceSession.ValueMetadata): ValueInfo {
  const dims = metadata.isTensor ? metadata.shape : [];
  return {
    name: metadata.name,
    dims: dims.map((dim) => (typeof dim === "number" && dim >= 0 ? dim : null)),
  };
}

/** A picture as the tensor that onnxruntime takes. */
function tensorOf(picture: PictureTensor): Tensor {
  if ("row" in picture) return toPlanes(picture);
  return "pixels" in picture ? widenImage(picture) : picture;
}

function toFeeds(infos: readonly ValueInfo[], values: Inputs): Record<string, OrtTensor> {
  for (const name of Object.keys(values)) {
    if (!infos.some((info) => info.name === name)) {
      throw new EngineError("bad_input", `no input '${name}'; the graph has ${names(infos)}`);
    }
  }
  const feeds: Record<string, OrtTensor> = {};
  for (const info of infos) {
    const value = values[info.name];
    if (value === undefined) {
      throw new EngineError("bad_input", `input '${info.name}' is missing; the graph has ${names(infos)}`);
    }
    if ("regions" in value) {
      throw new EngineError("bad_input", `input '${info.name}': regions are cut out by the caller here`);
    }
    const tensor = tensorOf(value);
    checkShape(info, tensor);
    feeds[info.name] = new OrtTensor("float32", tensor.data, tensor.dims);
  }
  return feeds;
}

function checkShape(info: ValueInfo, tensor: Tensor): void {
  const fits =
    tensor.dims.length === info.dims.length &&
    info.dims.every((dim, i) => dim === null || dim === tensor.dims[i]);
  if (!fits) {
    const wanted = info.dims.map((dim) => dim ?? "?").join("×");
    throw new EngineError(
      "bad_input",
      `input '${info.name}' is ${tensor.dims.join("×")}, the graph takes ${wanted}`,
    );
  }
  const size = tensor.dims.reduce((product, dim) => product * dim, 1);
  if (size !== tensor.data.length) {
    throw new EngineError(
      "bad_input",
      `input '${info.name}' has ${tensor.data.length} values for a shape of ${tensor.dims.join("×")}`,
    );
  }
}

function names(infos: readonly ValueInfo[]): string {
  return infos.map((info) => `'${info.name}'`).join(", ");
}

/** Integers (labels of a user's own detector, say) are given as floats: exact up to 2^24. */
function toOutputs(results: Readonly<Record<string, OnnxValue>>): Outputs {
  const outputs: Outputs = {};
  for (const [name, value] of Object.entries(results)) {
    if (!(value instanceof OrtTensor)) {
      throw new EngineError("unsupported_graph", `output '${name}' is not a tensor`);
    }
    const { data, dims } = value;
    if (data instanceof Float32Array) {
      outputs[name] = { dims, data };
    } else if (Array.isArray(data)) {
      throw new EngineError("unsupported_graph", `output '${name}' is a tensor of strings`);
    } else {
      outputs[name] = { dims, data: Float32Array.from(data as ArrayLike<number | bigint>, Number) };
    }
  }
  return outputs;
}

/**
 * onnxruntime throws plain errors: the kind has to be read off the text. `bad_alloc` is C++'s own word for a full heap, and status codes 9
 * and 10 are NOT_IMPLEMENTED and INVALID_GRAPH (onnxruntime_c_api.h, `OrtErrorCode`).
 */
function toEngineError(what: string, cause: unknown): EngineError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const kind =
    cause instanceof RangeError || /bad_alloc|out of memory|Failed to allocate/i.test(text)
      ? "out_of_memory"
      : /ERROR_CODE: (9|10)\b/.test(text)
        ? "unsupported_graph"
        : "failed";
  return new EngineError(kind, `onnxruntime: ${what}: ${text}`, { cause });
}
