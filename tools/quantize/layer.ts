/**
 * Layers with weights, as the quantizer sees them.
 *
 * @module
 */
import type { NodeProto } from "../onnx/onnx_pb.ts";
import type { TensorPart } from "../onnx/write.ts";
import { intAttribute, type Network } from "./network.ts";

/** A layer whose weights can be rounded. */
export interface Layer {
  readonly weight: TensorPart;
  /** The weight's axis of output channels, and that of input channels (within the group). */
  readonly axis: number;
  readonly inputAxis: number;
  /** Groups; as many as channels for a depthwise convolution. */
  readonly groups: number;
}

/** A node as a layer; `undefined` for others, and for those whose weights are computed or whose form has no integer counterpart. */
export function layerOf({ tensors }: Network, node: NodeProto): Layer | undefined {
  const weight = tensors.get(node.input[1] ?? "");
  if (!(weight?.data instanceof Float32Array)) return undefined;
  const groups = intAttribute(node, "group", 1);
  switch (node.opType) {
    case "Conv":
      return { weight, axis: 0, inputAxis: 1, groups };
    case "ConvTranspose":
      // [inputs, outputs / groups, height, width]: with groups, no axis holds all output channels.
      return groups === 1 ? { weight, axis: 1, inputAxis: 0, groups } : undefined;
    case "Gemm": {
      const scaled = node.attribute.some(({ name, f }) => (name === "alpha" || name === "beta") && f !== 1);
      if (scaled || intAttribute(node, "transA", 0) === 1) return undefined;
      const axis = intAttribute(node, "transB", 0) === 1 ? 0 : 1;
      return { weight, axis, inputAxis: 1 - axis, groups };
    }
    default:
      return undefined;
  }
}
