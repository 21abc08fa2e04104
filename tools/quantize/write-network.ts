/**
 * Writes a network back as the two files of a graph.
 *
 * @module
 */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  TensorProto_DataType as DataType,
  GraphProtoSchema,
  ModelProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "../onnx/onnx_pb.ts";
import { type BuiltModel, type TensorPart, writeTensors } from "../onnx/write.ts";
import type { Network } from "./network.ts";

/** Operators whose constants are weights, which lie in the data file; those of others (shapes, scales) stay in the graph. */
const WEIGHTED = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);

const FLOATS = create(TypeProtoSchema, {
  value: { case: "tensorType", value: { elemType: DataType.FLOAT } },
});

/**
 * Writes a network. The same network gives the same bytes. Constants that nothing uses are left out.
 *
 * @param extraOutputs values, floats of any shape, that the graph gives beside its own outputs
 */
export function writeNetwork(
  { model, nodes, tensors }: Pick<Network, "model" | "nodes" | "tensors">,
  weightsLocation: string,
  extraOutputs: readonly string[] = [],
): BuiltModel {
  const weights = new Map<string, TensorPart>();
  const constants = new Map<string, TensorPart>();
  for (const { opType, input } of nodes) {
    for (const [position, name] of input.entries()) {
      const tensor = tensors.get(name);
      if (!tensor || weights.has(name) || constants.has(name)) continue;
      const isWeight = WEIGHTED.has(opType) || (opType === "DequantizeLinear" && position === 0);
      (isWeight ? weights : constants).set(name, tensor);
    }
  }
  const { initializers, data } = writeTensors(
    [...weights.values()],
    [...constants.values()],
    weightsLocation,
  );
  const graph = create(GraphProtoSchema, {
    name: model.graph?.name ?? "",
    // Old files list constants among the inputs.
    input: (model.graph?.input ?? []).filter(({ name }) => !tensors.has(name)),
    output: [
      ...(model.graph?.output ?? []),
      ...extraOutputs.map((name) => create(ValueInfoProtoSchema, { name, type: FLOATS })),
    ],
    initializer: initializers,
    node: nodes,
  });
  const { irVersion, opsetImport, producerName, metadataProps } = model;
  const written = create(ModelProtoSchema, { irVersion, opsetImport, producerName, metadataProps, graph });
  return { graph: toBinary(ModelProtoSchema, written), weights: data, weightsLocation };
}
