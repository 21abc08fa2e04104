/**
 * Writes the parts of a model as ONNX's protobuf and its external data.
 *
 * @module
 */
import { create, toBinary } from "@bufbuild/protobuf";
import type { ElementType } from "../../src/runtime/onnx/types.ts";
import type { Attribute, Dim } from "./builder.ts";
import type { TensorData } from "./data.ts";
import { bytesOf, dataTypeNumber, typeOfData } from "./data.ts";
import type { AttributeProto, TensorProto, ValueInfoProto } from "./onnx_pb.ts";
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";

/** An input or output of a graph. */
interface ValuePart {
  readonly name: string;
  readonly dims: readonly Dim[];
  readonly type: ElementType;
}

/** A constant tensor of a graph. */
export interface TensorPart {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** A node of a graph. */
export interface NodePart {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Everything that makes a model. */
export interface ModelParts {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: ValuePart[];
  readonly outputs: ValuePart[];
  readonly nodes: NodePart[];
  /** Go to the data file, in this order. */
  readonly weights: TensorPart[];
  /** Stay in the graph file. */
  readonly constants: TensorPart[];
}

/** A written model: the two files, and the name by which the first refers to the second. */
export interface BuiltModel {
  readonly graph: Uint8Array;
  readonly weights: Uint8Array;
  readonly weightsLocation: string;
}

/** Version of ONNX's operators: the first in which all that is used here (HardSwish, QDQ of 8 bits) is stable everywhere. */
const OPSET = 17;
/** ONNX's file format version that goes with opset 17 (onnx/docs/Versioning.md). */
const IR_VERSION = 8n;
/** Each tensor of the data file begins at a multiple of this, so that any SIMD load of it is aligned. */
const ALIGNMENT = 64;

/**
 * Lays tensors out: weights go to the data file in their order, constants into the graph file.
 *
 * @returns the graph's initializers, and the data file
 */
export function writeTensors(
  weights: readonly TensorPart[],
  constants: readonly TensorPart[],
  weightsLocation: string,
): { initializers: TensorProto[]; data: Uint8Array } {
  const offsets: number[] = [];
  let end = 0;
  for (const weight of weights) {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    offsets.push(offset);
    end = offset + weight.data.byteLength;
  }
  const data = new Uint8Array(end);
  const external = weights.map((weight, i) => {
    const offset = offsets[i] ?? 0;
    data.set(bytesOf(weight.data), offset);
    return externalTensor(weight, weightsLocation, offset);
  });
  return { initializers: [...external, ...constants.map(inlineTensor)], data };
}

/** Writes a model. The same parts give the same bytes. */
export function writeModel(parts: ModelParts, weightsLocation: string): BuiltModel {
  const { initializers, data } = writeTensors(parts.weights, parts.constants, weightsLocation);
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: "", version: BigInt(OPSET) }],
    producerName: "edge-vision",
    metadataProps: Object.entries(parts.metadata).map(([key, value]) => ({ key, value })),
    graph: create(GraphProtoSchema, {
      name: parts.name,
      input: parts.inputs.map(valueInfo),
      output: parts.outputs.map(valueInfo),
      initializer: initializers,
      node: parts.nodes.map((node) =>
        create(NodeProtoSchema, {
          name: node.name,
          opType: node.op,
          input: [...node.inputs],
          output: [...node.outputs],
          attribute: Object.entries(node.attributes).map(([key, value]) => attribute(key, value)),
        }),
      ),
    }),
  });
  return { graph: toBinary(ModelProtoSchema, model), weights: data, weightsLocation };
}

function externalTensor(part: TensorPart, location: string, offset: number): TensorProto {
  return create(TensorProtoSchema, {
    name: part.name,
    dims: part.dims.map(BigInt),
    dataType: dataTypeNumber(typeOfData(part.data)),
    dataLocation: DataLocation.EXTERNAL,
    externalData: [
      { key: "location", value: location },
      { key: "offset", value: String(offset) },
      { key: "length", value: String(part.data.byteLength) },
    ],
  });
}

function inlineTensor(part: TensorPart): TensorProto {
  return create(TensorProtoSchema, {
    name: part.name,
    dims: part.dims.map(BigInt),
    dataType: dataTypeNumber(typeOfData(part.data)),
    rawData: bytesOf(part.data),
  });
}

function valueInfo(part: ValuePart): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name: part.name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: dataTypeNumber(part.type),
          shape: {
            dim: part.dims.map((dim) => ({
              value:
                typeof dim === "number"
                  ? { case: "dimValue" as const, value: BigInt(dim) }
                  : { case: "dimParam" as const, value: dim },
            })),
          },
        },
      },
    },
  });
}

function attribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === "string") {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeType.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if ("float" in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeType.INTS,
    ints: value.map((item) => BigInt(item)),
  });
}
