/**
 * Explains a plan in words and numbers.
 *
 * @module
 */
import type { Call, View } from "./calls.ts";
import type { Program } from "./compile.ts";
import { callCost } from "./cost.ts";
import type { Plan } from "./plan/build.ts";

/** A layer of a plan: its calls taken together. */
export interface ExplainedLayer {
  /** Operator and name of its node. */
  readonly name: string;
  /** What is called: the kind of convolution, or the operation. */
  readonly operation: string;
  /** Dims of the output. */
  readonly dims: readonly number[];
  /** Activation in its epilogue. */
  readonly activation: string;
  readonly macs: number;
  readonly bytes: number;
  /** How many calls it takes: more than one where it runs in bands. */
  readonly calls: number;
}

/** What a call does, in words; `int8` where it reads bytes, or makes them of other bytes. */
export function operationOf(call: Call): string {
  const onBytes = ("bytes" in call && call.bytes) || ("input" in call && isBytes(call.input));
  return onBytes ? `${operationName(call)} int8` : operationName(call);
}

const isBytes = (input: View | string) => typeof input !== "string" && input.storage === "u8";

function operationName(call: Call): string {
  if (call.op === "conv") {
    const [height, width] = call.window.kernel;
    const kernel = call.kind === "pointwise" ? "" : ` ${height}×${width}`;
    const stride = Math.max(...call.window.stride) > 1 ? ` /${call.window.stride[0]}` : "";
    const dilation = Math.max(...call.window.dilation) > 1 ? ` dilated ${call.window.dilation[0]}` : "";
    return `${call.kind}${kernel}${stride}${dilation}`;
  }
  return call.op === "binary" ? call.function.toLowerCase() : call.op;
}

/** The activation and the residual of a call, in words. */
function epilogueOf(call: Call): string {
  const parts: string[] = [];
  if (call.op === "conv" && call.residual) parts.push("add");
  if ("activation" in call && call.activation.kind !== "none") parts.push(call.activation.kind);
  if (call.op === "squeeze") parts.push(...call.activations.map(({ kind }) => kind));
  return parts.join(" ");
}

/** The layers of a plan, in order. A copy under a layer's name is rows that its bands keep. */
export function explainLayers(plan: Plan): ExplainedLayer[] {
  const layers = new Map<string, ExplainedLayer>();
  for (const call of plan.calls) {
    const { macs, bytes } = callCost(call);
    const operation = operationOf(call);
    const key = `${call.layer} ${operation}`;
    const known = layers.get(key);
    const layer: ExplainedLayer = known
      ? { ...known, macs: known.macs + macs, bytes: known.bytes + bytes, calls: known.calls + 1 }
      : {
          name: call.layer,
          operation,
          dims: call.output.dims,
          activation: epilogueOf(call),
          macs,
          bytes,
          calls: 1,
        };
    layers.set(key, layer);
  }
  return [...layers.values()];
}

const mega = (value: number) => (value / 1e6).toFixed(2);
const mebi = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/** Columns of text, the first left-aligned. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i < 4 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

/**
 * A plan as text: its layers with their output, multiply-adds and bytes, and what it takes of memory.
 *
 * @example
 * const program = compile(graph);
 * console.log(explain(program, planFor(program, new Map([["input", [1, 3, 224, 224]]]))));
 */
export function explain(program: Program, plan: Plan): string {
  const layers = explainLayers(plan);
  const rows = layers.map(({ name, operation, dims, activation, macs, bytes, calls }) => [
    operation,
    dims.join("×"),
    activation,
    name,
    mega(macs),
    mega(bytes),
    calls > 1 ? `${calls}` : "",
  ]);
  const head = ["operation", "output", "epilogue", "node", "M multiply-adds", "MB moved", "calls"];
  const weights = program.packs.list.reduce((sum, { bytes }) => sum + bytes, 0);
  const total = (of: "macs" | "bytes") => layers.reduce((sum, layer) => sum + layer[of], 0);
  return [
    table([head, ...rows]),
    "",
    `${layers.length} layers from ${program.graph.nodes.length} nodes, ${plan.calls.length} calls; ` +
      `${mega(total("macs"))} M multiply-adds, ${mega(total("bytes"))} MB moved`,
    `${mebi(weights)} MiB of packed weights, ${mebi(plan.arenaBytes)} MiB of arena`,
  ].join("\n");
}
