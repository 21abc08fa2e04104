/**
 * The lowering: a channels-last network becomes an ONNX graph with channels-first pictures.
 *
 * @module
 */
import type { BuildOptions } from "../../onnx/builder.ts";
import { createGraph } from "../../onnx/builder.ts";
import type { BuiltModel } from "../../onnx/write.ts";
import type { Network, Port, Shape } from "../graph.ts";
import { shapeOf } from "../graph.ts";
import type { Lowering } from "./context.ts";
import { onnxShape } from "./layout.ts";
import { givingWay } from "./names.ts";
import { lowerNode } from "./nodes.ts";

/** An input or output of the ONNX graph: pictures are `[N, C, H, W]`. */
export interface OnnxPort {
  readonly name: string;
  readonly dims: Shape;
}

/** What the lowering gives. */
export interface Lowered extends BuiltModel {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/** Writes a simplified network as ONNX. `onNode` is told how many nodes are done. */
export function lower(
  network: Network,
  name: string,
  options: BuildOptions,
  onNode: (done: number) => void = () => {},
): Lowered {
  const port = ({ name: portName, value }: Port): OnnxPort => ({
    name: portName,
    dims: onnxShape(shapeOf(network, value)),
  });
  const inputs = network.inputs.map(port);
  const outputs = network.outputs.map(port);
  const graph = givingWay(
    createGraph(name),
    [...inputs, ...outputs].map(({ name: portName }) => portName),
  );
  const values = new Map(
    network.inputs.map((input, i) => [input.value, graph.input(inputs[i].name, inputs[i].dims)]),
  );
  const context: Lowering = { graph, network, values, channelsLast: new Map() };
  for (const [i, node] of network.nodes.entries()) {
    values.set(node.output, lowerNode(context, node));
    onNode(i + 1);
  }
  for (const [i, { value }] of network.outputs.entries()) {
    graph.output(outputs[i].name, context.values.get(value) ?? value, outputs[i].dims);
  }
  return { ...graph.build(options), inputs, outputs };
}
