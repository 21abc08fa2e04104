/**
 * Which functions a Worker's time goes to, from a profile of V8's.
 *
 * @module
 */
import type { Profile, ProfileNode } from "../harness/inspector.ts";

/** A function, and its share of the time in which something ran, without what it calls. */
export interface FunctionShare {
  /** Its source file, or what V8 calls it where it has none. */
  readonly file: string;
  readonly name: string;
  readonly share: number;
}

/** esbuild writes each module's path above it. */
const MODULE = /^\/\/ ((?:src|node_modules)\/\S+)/;

/**
 * The functions, the most expensive first.
 *
 * @param script what the profiled Worker runs, as esbuild made it
 */
export function functionShares({ nodes, samples, timeDeltas }: Profile, script: string): FunctionShare[] {
  const files: string[] = [];
  for (const line of script.split("\n")) files.push(MODULE.exec(line)?.[1] ?? files.at(-1) ?? "");
  const fileOf = ({ callFrame: { url, lineNumber } }: ProfileNode) => {
    if (url.startsWith("wasm:")) return "src/kernels";
    return url === "" ? "" : (files[lineNumber] ?? "");
  };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const sums = new Map<string, FunctionShare>();
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const node = byId.get(id);
    const name = node?.callFrame.functionName ?? "";
    const time = timeDeltas[i] ?? 0;
    if (!node || name === "(idle)") continue;
    const file = fileOf(node);
    // Kernels have no names in the built module; together they are the network.
    const shown = file === "src/kernels" ? "(WebAssembly)" : name;
    const key = `${file} ${shown}`;
    sums.set(key, { file, name: shown, share: (sums.get(key)?.share ?? 0) + time });
    total += time;
  }
  return [...sums.values()]
    .map((one) => ({ ...one, share: one.share / total }))
    .sort((a, b) => b.share - a.share);
}
