/**
 * Brings any ONNX file into the form that is stored: the graph, and its weights as external data in one file.
 *
 * @module
 */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
} from "./onnx_pb.ts";
import type { BuiltModel } from "./write.ts";

/** A file that is not ONNX, or not in a form that can be stored. */
export class OnnxFileError extends Error {
  override readonly name = "OnnxFileError";
}

/** Smaller tensors stay in the graph, as shapes and axes must (onnx's own `convert_model_to_external_data` has the same threshold). */
const LEAST_EXTERNAL_BYTES = 1024;
/** As in the files that this project writes: any SIMD load of a tensor is aligned. */
const ALIGNMENT = 64;

/**
 * Moves a model's weights into one data file.
 *
 * @param bytes An `.onnx` file, its weights inside or in files beside it.
 * @param readExternal Reads a data file by the name that the graph gives.
 * @throws {OnnxFileError} when the bytes are not an ONNX model, or a tensor's data are not where it says.
 */
export async function externalize(
  bytes: Uint8Array,
  weightsLocation: string,
  readExternal: (location: string) => Promise<Uint8Array>,
): Promise<BuiltModel> {
  const model = parse(bytes);
  const tensors = model.graph?.initializer ?? [];
  const chunks: { offset: number; data: Uint8Array }[] = [];
  let end = 0;
  for (const tensor of tensors) {
    const data = await rawData(tensor, readExternal);
    const inside = tensor.dataLocation !== DataLocation.EXTERNAL;
    if (!data || (inside && data.length < LEAST_EXTERNAL_BYTES)) continue;
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    chunks.push({ offset, data });
    end = offset + data.length;
    tensor.rawData = new Uint8Array(0);
    tensor.floatData = [];
    tensor.dataLocation = DataLocation.EXTERNAL;
    tensor.externalData = [
      ["location", weightsLocation],
      ["offset", String(offset)],
      ["length", String(data.length)],
    ].map(([key, value]) => ({
      $typeName: "onnx.StringStringEntryProto",
      key: key ?? "",
      value: value ?? "",
    }));
  }
  const weights = new Uint8Array(end);
  for (const { offset, data } of chunks) weights.set(data, offset);
  return { graph: toBinary(ModelProtoSchema, model), weights, weightsLocation };
}

function parse(bytes: Uint8Array): ModelProto {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new OnnxFileError("the file is not an ONNX model (its protobuf cannot be read)", { cause });
  }
  if (!model.graph || model.graph.node.length === 0) {
    throw new OnnxFileError("the file is not an ONNX model: it has no graph");
  }
  return model;
}

/** A tensor's bytes; `undefined` for the kinds that always stay in the graph (strings, packed integers). */
async function rawData(
  tensor: TensorProto,
  readExternal: (location: string) => Promise<Uint8Array>,
): Promise<Uint8Array | undefined> {
  if (tensor.dataLocation === DataLocation.EXTERNAL) return readExternalData(tensor, readExternal);
  if (tensor.rawData.length > 0) return tensor.rawData;
  if (tensor.dataType === DataType.FLOAT && tensor.floatData.length > 0) {
    return new Uint8Array(Float32Array.from(tensor.floatData).buffer);
  }
  return undefined;
}

async function readExternalData(
  tensor: TensorProto,
  readExternal: (location: string) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const file = await readExternal(entries.get("location") ?? "");
  const offset = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? file.length - offset);
  if (!(offset >= 0 && length >= 0 && offset + length <= file.length)) {
    throw new OnnxFileError(
      `tensor "${tensor.name}" should lie at ${offset}..${offset + length} of ${entries.get("location")}, which has ${file.length} bytes`,
    );
  }
  return file.subarray(offset, offset + length);
}
