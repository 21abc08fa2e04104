/**
 * What every importer takes and gives, and the way that they share once the file is read.
 *
 * @module
 */
import type { Storage } from "../onnx/builder.ts";
import type { NetworkBuilder } from "./builder.ts";
import { ImportError } from "./errors.ts";
import type { Port, Shape } from "./graph.ts";
import type { Lowered } from "./lower/index.ts";
import { lower } from "./lower/index.ts";
import { simplify } from "./passes/index.ts";

/** How far an import is. */
export interface ImportProgress {
  /** `reading` counts bytes of weight files, `translating` and `writing` count nodes. */
  readonly stage: "reading" | "translating" | "writing";
  readonly done: number;
  readonly total: number;
}

/** How to import a network. */
export interface ImportOptions {
  /** The ONNX graph's name. */
  readonly name: string;
  /** Name of the data file, as the graph refers to it: `<name>.fp32.onnx.data`. */
  readonly weightsLocation: string;
  /** How weights are stored; `fp32` when left out. */
  readonly storage?: Storage;
  /** Names of inputs in the ONNX graph, by the source's names. When left out, a single input is named `input`, several as in the source. */
  readonly inputs?: Readonly<Record<string, string>>;
  /**
   * Outputs of the ONNX graph: its names for them, by the source's names. The network is cut here; what stands behind is not looked at.
   * The source's own outputs when left out.
   */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Height and width of picture inputs, where the source leaves them open. */
  readonly inputSize?: { readonly height: number; readonly width: number };
  /** What the decoded weights may take, in bytes; 512 MiB when left out. */
  readonly maxWeightBytes?: number;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** An imported network: an ONNX graph and its data file. Inputs and outputs that are pictures are `[N, C, H, W]`. */
export type Imported = Lowered;

/** Enough for any network that a Worker's 128 MB can hold, with room for the copies that its translation makes. */
const MAX_WEIGHT_BYTES = 2 ** 29;

/** The limit on weights that an import holds to. */
export function weightLimit(options: ImportOptions): number {
  return options.maxWeightBytes ?? MAX_WEIGHT_BYTES;
}

/** The last part of every import: simplify, lower, write. */
export function finishImport(
  network: NetworkBuilder,
  inputs: readonly Port[],
  outputs: readonly Port[],
  options: ImportOptions,
): Imported {
  if (outputs.length === 0) throw new ImportError("malformed", "The network has no outputs");
  const simplified = simplify(network.finish(inputs, outputs));
  const total = simplified.nodes.length;
  return lower(
    simplified,
    options.name,
    {
      weightsLocation: options.weightsLocation,
      ...(options.storage === undefined ? {} : { storage: options.storage }),
    },
    (done) => options.onProgress?.({ stage: "writing", done, total }),
  );
}

/**
 * The dimensions of an input as the source declares them; an open batch (0 or -1) is one, open height and width are the caller's.
 *
 * @throws {ImportError} when a dimension stays open.
 */
export function inputShape(name: string, declared: Shape | undefined, options: ImportOptions): Shape {
  const { height, width } = options.inputSize ?? {};
  const filled = [1, ...(declared?.length === 4 ? [height, width] : [])];
  const shape = (declared ?? []).map((dim, axis) => (dim < 1 ? (filled[axis] ?? dim) : dim));
  if (declared && shape.every((dim) => dim >= 1)) return shape;
  throw new ImportError(
    "options",
    `input "${name}" has open dimensions [${declared?.join(", ") ?? "of unknown number"}]: give height and width with \`inputSize\``,
  );
}

/** The name of a network's only input: what `docs/models.md` promises. */
const INPUT_NAME = "input";

/** The inputs as the ONNX graph names them: by the caller, as `input` if there is but one, or as in the source. */
export function nameInputs(inputs: readonly SourceInput[], options: ImportOptions): readonly Port[] {
  const given = (source: string) =>
    Object.hasOwn(options.inputs ?? {}, source) ? options.inputs?.[source] : undefined;
  return inputs.map(({ source, name, value }) => ({
    name: given(source) ?? (inputs.length === 1 ? INPUT_NAME : name),
    value,
  }));
}

/** An input of the source: its own name there, the name that the source suggests for it, and its value in the network. */
export interface SourceInput extends Port {
  readonly source: string;
}

/** Names that `GraphBuilder.constant` gives. */
const CONSTANT_NAME = /^constant(_\d+)?$/;

/** Checks the ONNX names of the network's ends: two of the same name are an error. */
export function checkPortNames(ports: readonly Port[]): void {
  const seen = new Set<string>();
  for (const { name } of ports) {
    if (seen.has(name) || name === "" || CONSTANT_NAME.test(name)) {
      throw new ImportError(
        "options",
        `an input or output cannot be named "${name}"${seen.has(name) ? " twice" : ""}: name it with \`inputs\` or \`outputs\``,
      );
    }
    seen.add(name);
  }
}
