/**
 * A memory in which kernels are watched: whatever no one gave them to read is NaN, and whatever no one gave them to write must stay.
 */
import { expect } from "vitest";
import relaxedModule from "../../../src/kernels/build/kernels.relaxed.wasm";
import simdModule from "../../../src/kernels/build/kernels.simd.wasm";
import {
  bindKernels,
  type Kernels,
  MEMORY_BASE,
  MIN_MEMORY_PAGES,
} from "../../../src/runtime/engines/kernels/module.ts";

/** Both builds, by name. */
export const BUILDS = { relaxed: relaxedModule, simd: simdModule } as const;

export type BuildName = keyof typeof BUILDS;

/** All bits set: a NaN as a float and as a half, 255 as a byte. */
const CANARY = 0xffffffff;

/** Bytes left free between two regions. */
const GUARD = 64;

/** Rows of floats: `rows` runs of `length` floats, `stride` bytes apart. */
export interface Rows {
  readonly rows: number;
  readonly length: number;
  readonly stride: number;
}

export interface Sandbox {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** Forgets all regions. */
  reset(): void;
  /** Puts floats that may be read. */
  input(values: ArrayLike<number>): number;
  /** Puts rows that may be read; what lies between them may not. */
  inputRows(values: ArrayLike<number>, shape: Rows): number;
  inputBytes(bytes: ArrayLike<number>): number;
  /** Room that may be written, one run of bytes. */
  output(bytes: number): number;
  /** Rows that may be written. `values` puts something there first (a residual that is updated in place). */
  outputRows(shape: Rows, values?: ArrayLike<number>): number;
  /** Runs a kernel and checks that nothing but outputs changed (and what kernels keep for themselves, below `MEMORY_BASE`). */
  run(call: (kernels: Kernels) => void): void;
  floats(at: number, length: number): Float32Array;
  rows(at: number, shape: Rows): Float32Array;
  bytes(at: number, length: number): Uint8Array;
}

/** Opens a sandbox on one of the builds. */
export function openSandbox(build: BuildName, pages = MIN_MEMORY_PAGES): Sandbox {
  const memory = new WebAssembly.Memory({ initial: pages });
  const { kernels } = bindKernels(BUILDS[build], memory);
  const words = new Uint32Array(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  const before = new Uint32Array(words.length);
  let outputs: [from: number, to: number][] = [];
  let next = MEMORY_BASE;

  function reserve(size: number): number {
    const at = next + GUARD;
    next = (at + size + 15) & ~15;
    if (next + GUARD > bytes.length) throw new Error(`sandbox of ${pages} pages is full`);
    return at;
  }

  function putRows(values: ArrayLike<number>, { rows, length, stride }: Rows): number {
    const at = reserve(rows * stride);
    for (let i = 0; i < rows; i++) {
      const row = new Float32Array(memory.buffer, at + i * stride, length);
      for (let j = 0; j < length; j++) row[j] = values[i * length + j] ?? 0;
    }
    return at;
  }

  const sandbox: Sandbox = {
    kernels,
    memory,
    reset() {
      words.fill(CANARY);
      outputs = [];
      next = MEMORY_BASE;
    },
    input: (values) => putRows(values, { rows: 1, length: values.length, stride: 4 * values.length }),
    inputRows: putRows,
    inputBytes(values) {
      const at = reserve(values.length);
      bytes.set(values, at);
      return at;
    },
    output(size) {
      const at = reserve(size);
      outputs.push([at, at + size]);
      return at;
    },
    outputRows(shape, values) {
      const at = values ? putRows(values, shape) : reserve(shape.rows * shape.stride);
      for (let i = 0; i < shape.rows; i++) {
        const from = at + i * shape.stride;
        outputs.push([from, from + 4 * shape.length]);
      }
      return at;
    },
    run(call) {
      before.set(words);
      call(kernels);
      const old = new Uint8Array(before.buffer);
      outputs.sort((a, b) => a[0] - b[0]);
      let from = MEMORY_BASE;
      for (const [start, end] of [...outputs, [bytes.length, bytes.length] as const]) {
        if (!sameBytes(bytes, old, from, start)) {
          for (let i = from; i < start; i++) {
            if (bytes[i] !== old[i])
              expect.fail(`byte ${i} was written; outputs are ${JSON.stringify(outputs.slice(0, 8))}`);
          }
        }
        from = Math.max(from, end);
      }
    },
    floats: (at, length) => new Float32Array(memory.buffer.slice(at, at + 4 * length)),
    rows(at, { rows, length, stride }) {
      const all = new Float32Array(rows * length);
      for (let i = 0; i < rows; i++)
        all.set(new Float32Array(memory.buffer, at + i * stride, length), i * length);
      return all;
    },
    bytes: (at, length) => bytes.slice(at, at + length),
  };
  sandbox.reset();
  return sandbox;
}

/** Compares a range of two arrays of bytes, by words where it can. */
function sameBytes(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  let i = from;
  for (; i < to && i & 3; i++) if (a[i] !== b[i]) return false;
  const count = (to - i) >> 2;
  if (count > 0) {
    const x = new Uint32Array(a.buffer, a.byteOffset + i, count);
    const y = new Uint32Array(b.buffer, b.byteOffset + i, count);
    for (let j = 0; j < count; j++) if (x[j] !== y[j]) return false;
    i += 4 * count;
  }
  for (; i < to; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Repeatable pseudo-random floats in -1..1 (a linear congruential generator: Numerical Recipes' constants). */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The least magnitude that differences are held against: inputs go up to 1, and where few results cancel out, the rounding of what they sum remains. */
const LEAST_MAGNITUDE = 0.1;

/** Expects two arrays to agree within `tolerance` of the largest magnitude. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  let scale = LEAST_MAGNITUDE;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i] as number));
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    if (!(difference <= tolerance * scale)) {
      expect.fail(`element ${i} of ${expected.length}: ${actual[i]} instead of ${expected[i]}`);
    }
  }
}
