/**
 * What callers feed: checked, and cut into the parts of a batch.
 *
 * @module
 */
import {
  EngineError,
  type ImageTensor,
  type Inputs,
  type PictureTensor,
  type RegionTensor,
  type RowTensor,
} from "../engine.ts";
import type { Program } from "./compile.ts";
import { elements } from "./views.ts";

/** The value of an input. */
export type InputValue = PictureTensor | RegionTensor;

export function isImageTensor(value: InputValue): value is ImageTensor {
  return "pixels" in value;
}

export function isRowTensor(value: InputValue): value is RowTensor {
  return "row" in value;
}

export function isRegionTensor(value: InputValue): value is RegionTensor {
  return "regions" in value;
}

/** The dims of an input as a tensor has them. */
export function dimsOf(value: InputValue): readonly number[] {
  if (isImageTensor(value) || isRowTensor(value)) return [1, 3, value.height, value.width];
  if (!isRegionTensor(value)) return value.dims;
  const channels = value.levels[0]?.feature.dims[1] ?? 0;
  return [value.regions.length / 4, channels, value.size, value.size];
}

/** How many numbers an input holds, and how many it should. */
function lengths(value: InputValue): readonly [number, number] {
  if (isRegionTensor(value)) return [value.levelOf.length * 4, value.regions.length];
  const expected = elements(dimsOf(value));
  if (isRowTensor(value)) return [expected, expected];
  return [isImageTensor(value) ? value.pixels.length : value.data.length, expected];
}

/** Checks what is fed against the graph. @throws {EngineError} `bad_input` */
export function checkInputs({ graph }: Program, inputs: Inputs): void {
  const names = graph.inputs.map(({ name }) => name).join(", ");
  for (const name of Object.keys(inputs)) {
    if (!graph.inputs.some((input) => input.name === name)) {
      throw new EngineError("bad_input", `the graph has no input "${name}"; its inputs: ${names}`);
    }
  }
  for (const { name, dims } of graph.inputs) {
    const value = inputs[name];
    if (!value) throw new EngineError("bad_input", `input "${name}" is missing`);
    const given = dimsOf(value);
    const fits = given.length === dims.length && dims.every((dim, i) => dim === null || dim === given[i]);
    const positive = given.every((dim) => Number.isInteger(dim) && dim > 0);
    const [length, expected] = lengths(value);
    if (!fits || !positive || length !== expected) {
      const wanted = dims.map((dim) => dim ?? "any").join(", ");
      const got = `[${given.join(", ")}] with ${length} elements`;
      throw new EngineError("bad_input", `input "${name}" is ${got}, [${wanted}] is expected`);
    }
  }
}

/**
 * Rows of a batch that a network without convolutions takes at once (the box head's regions). Memory decides: blocks of 128 take 0.92 to 0.95 of the
 * time of these, and 112 no less than these; but with all seven int8 models open, 128 take 6 MB more, 91 MB of WebAssembly memory in all.
 */
const MAX_ROWS = 76;

/** Layers that compute rows of a matrix, each by itself. */
const OF_ROWS: ReadonlySet<string> = new Set(["input", "reshape", "gemm", "quantize", "dequantize"]);

/** Whether a network works on images, which go through it one at a time; else on rows of a matrix. */
function isSpatial({ network }: Program): boolean {
  return network.layers.some(({ kind }) => !OF_ROWS.has(kind));
}

/** Dims of the inputs for a picture of a size, or a block of rows. */
export function sizesFor(
  program: Program,
  { height, width }: { readonly height: number; readonly width: number },
): Map<string, readonly number[]> {
  const free = [isSpatial(program) ? 1 : MAX_ROWS, 1, height, width];
  const { inputs } = program.graph;
  return new Map(inputs.map(({ name, dims }) => [name, dims.map((dim, axis) => dim ?? free[axis] ?? 1)]));
}

/** How a batch is cut: images one at a time, rows of a matrix in blocks, and other batches as they are. */
export function batchStep(program: Program, inputs: Inputs): { batch: number; step: number } {
  const { graph } = program;
  const batches = graph.inputs.map(({ name }) => (inputs[name] ? (dimsOf(inputs[name])[0] ?? 1) : 1));
  const batch = batches[0] ?? 1;
  const free = [...graph.inputs, ...graph.outputs].every(({ dims }) => dims[0] === null);
  if (batch === 1 || !free || batches.some((other) => other !== batch)) return { batch, step: batch };
  if (isSpatial(program)) return { batch, step: 1 };
  // Blocks of even size, of whole groups of four rows.
  const blocks = Math.ceil(batch / MAX_ROWS);
  return { batch, step: Math.ceil(batch / blocks / 4) * 4 };
}
