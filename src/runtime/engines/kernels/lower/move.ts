/**
 * Lowers layers that move, repeat or drop elements.
 *
 * @module
 */
import { numbersAttribute } from "../../../onnx/read.ts";
import type { Call, View } from "../calls.ts";
import { resolvePadding, resolveSlice, splitSizes } from "../infer/shape.ts";
import { optionalValues } from "../infer/types.ts";
import type { ConcatLayer, MoveLayer, ReshapeLayer } from "../layers.ts";
import { quantizeValue } from "../quantization.ts";
import { describeNode, unsupported } from "../unsupported.ts";
import { broadcastTo, denseStrides, LANES, narrow, padChannels } from "../views.ts";
import { cut } from "./elementwise.ts";
import type { Lower, Lowering } from "./types.ts";

/** The input of a Transpose, Slice, Split or Expand seen through the output's dims. */
export function moved(layer: MoveLayer, plan: Lowering): View {
  const view = plan.view(layer.inputs[0] ?? "");
  const { node } = layer;
  switch (node.op) {
    case "Transpose": {
      const perm = numbersAttribute(node, "perm", view.dims.map((_, i) => i).reverse());
      return {
        ...view,
        dims: perm.map((axis) => view.dims[axis] ?? 1),
        strides: perm.map((axis) => view.strides[axis] ?? 0),
      };
    }
    case "Slice":
      return resolveSlice(plan.context(layer)).reduce(
        (part, { start, size, step }, axis) => narrow(part, axis, start, size, step),
        view,
      );
    case "Split": {
      const { axis, sizes } = splitSizes(plan.context(layer));
      const part = node.outputs.indexOf(layer.output);
      const start = sizes.slice(0, part).reduce((sum, size) => sum + size, 0);
      return narrow(view, axis, start, sizes[part] ?? 0);
    }
    case "Expand":
      return broadcastTo(view, plan.dims(layer.output));
    default:
      return unsupported(node, "the operator is not supported");
  }
}

/** Zeros in the channels that pad the last vector of each pixel: no kernel writes them here, and they must not be NaN. */
export function clearLanes(output: View, layer: string): Call[] {
  const { dims, storage } = output;
  const channels = dims[1] ?? 0;
  // Bytes are never NaN.
  if (storage !== "f32" || (dims.length !== 4 && dims.length !== 2) || channels % LANES[storage] === 0)
    return [];
  const lanes = narrow(output, 1, channels, padChannels(channels) - channels);
  return [{ op: "fill", layer, output: lanes, value: 0 }];
}

export const lowerMove: Lower<MoveLayer> = (layer, plan, rows): Call[] => {
  const name = describeNode(layer.node);
  const output = plan.view(layer.output);
  if (layer.node.op !== "Pad") {
    return [
      { op: "copy", layer: name, input: cut(moved(layer, plan), rows), output: cut(output, rows) },
      ...clearLanes(cut(output, rows), name),
    ];
  }
  const context = plan.context(layer);
  const { begin, end } = resolvePadding(context);
  if ([...begin, ...end].some((pad) => pad < 0)) unsupported(layer.node, "negative padding");
  const input = plan.view(layer.inputs[0] ?? "");
  const fill = optionalValues(context, 2)?.[0] ?? 0;
  const to = layer.bytes?.output;
  const inner = begin.reduce((part, pad, axis) => narrow(part, axis, pad, input.dims[axis] ?? 1), output);
  return [
    { op: "fill", layer: name, output, value: to ? quantizeValue(fill, to) : fill },
    { op: "copy", layer: name, input, output: inner },
    ...clearLanes(output, name),
  ];
};

/** Copies the elements in row-major order, then sees them in the other dims. Aliases need no call and do not come here. */
export const lowerReshape: Lower<ReshapeLayer> = (layer, plan): Call[] => {
  const name = describeNode(layer.node);
  const input = plan.view(layer.inputs[0] ?? "");
  const output = plan.view(layer.output);
  const dense = (view: View): View => ({ ...view, strides: denseStrides(view.dims) });
  if (output.strides.join() === denseStrides(output.dims).join()) {
    return [{ op: "copy", layer: name, input, output: dense({ ...output, dims: input.dims }) }];
  }
  const scratch = plan.scratch([output.dims.reduce((product, dim) => product * dim, 1)]);
  const between = { ...scratch, storage: output.storage };
  return [
    { op: "copy", layer: name, input, output: dense({ ...between, dims: input.dims }) },
    { op: "copy", layer: name, input: dense({ ...between, dims: output.dims }), output },
    ...clearLanes(output, name),
  ];
};

/** Copies what does not lie in its place already. */
export const lowerConcat: Lower<ConcatLayer> = (layer, plan, rows): Call[] => {
  const output = plan.view(layer.output);
  const name = describeNode(layer.node);
  const calls: Call[] = [];
  let start = 0;
  for (const value of layer.inputs) {
    const input = plan.view(value);
    const size = input.dims[layer.axis] ?? 0;
    const part = narrow(output, layer.axis, start, size);
    start += size;
    const there = input.buffer === part.buffer && input.offset === part.offset;
    if (there && input.strides.join() === part.strides.join()) continue;
    const byRows = layer.axis !== 2;
    calls.push({
      op: "copy",
      layer: name,
      input: byRows ? cut(input, rows) : input,
      output: byRows ? cut(part, rows) : part,
    });
  }
  const last = layer.inputs.at(-1);
  const copied = calls.some((call) => call.op === "copy") && last !== undefined;
  return copied ? [...calls, ...clearLanes(layer.axis === 2 ? output : cut(output, rows), name)] : calls;
};
