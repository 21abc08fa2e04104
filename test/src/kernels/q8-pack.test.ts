import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packMatrixQ8 } from "../../../bench/kernels/pack-matrix.ts";
import { MEMORY_BASE } from "../../../src/runtime/engines/kernels/module.ts";
import { Q8_PATH, type QuantizedOutput } from "../../../src/runtime/engines/kernels/module-q8.ts";
import {
  headersLayout,
  MATRIX_HEADER,
  type MatrixLayout,
  matrixLayout,
  TAP_HEADER,
  TILE_HEADER,
  transposedMatrixLayout,
  unfoldedMatrixLayout,
} from "../../../src/runtime/engines/kernels/packing/matrix-layout.ts";
import {
  finishMatrix,
  packedBytes,
  packPiece,
  putBiases,
  startMatrix,
} from "../../../src/runtime/engines/kernels/packing/matrix-q8.ts";
import { type Q8Path, q8Path } from "../../../src/runtime/engines/kernels/packing/q8.ts";
import { REQUANT_BYTES } from "../../../src/runtime/engines/kernels/packing/requant.ts";
import { noiseBytes, noiseWeights, OUTPUTS } from "./q8-reference.ts";
import { BUILDS, type BuildName, openSandbox } from "./sandbox.ts";

const layouts = fc
  .record({
    outputs: fc.integer({ min: 1, max: 20 }),
    inputs: fc.integer({ min: 1, max: 40 }),
    taps: fc.integer({ min: 1, max: 9 }),
    inputsFirst: fc.boolean(),
    kind: fc.constantFrom("matrix", "unfolded", "transposed"),
  })
  .map(({ outputs, inputs, taps, inputsFirst, kind }): MatrixLayout => {
    if (kind === "unfolded") return unfoldedMatrixLayout(outputs, inputs, taps);
    if (kind === "transposed") return transposedMatrixLayout(outputs, inputs);
    return matrixLayout(outputs, inputs, taps, inputsFirst);
  });

/** What octets that have an order of their own are called in a matrix's header. */
const MATCHED = 4;

/** Where a tap of a tile starts that an element of the source belongs to, and its column and K there. */
function placeOf(layout: MatrixLayout, element: number) {
  const { outputs, inputs, taps, inputsFirst, tapK, tapStride, tileBytes } = layout;
  const t = element % taps;
  const rest = Math.floor(element / taps);
  const [o, i] = inputsFirst
    ? [rest % outputs, Math.floor(rest / outputs)]
    : [Math.floor(rest / inputs), rest % inputs];
  const tap = MATRIX_HEADER + Math.floor(o / 8) * tileBytes + TILE_HEADER + t * tapStride;
  return { tap, column: o % 8, k: i + t * tapK };
}

const matrixOf = (layout: MatrixLayout) => ({
  layout,
  scales: new Float32Array(layout.outputs).fill(0.5),
  inputZero: 77,
  output: OUTPUTS[0] as QuantizedOutput,
});

describe.each<BuildName>(["relaxed", "simd"])("packing of integers, %s", (build) => {
  const sandbox = openSandbox(build, 32);
  const { kernels, memory } = sandbox;

  /** Packs weights in pieces, in octets, and gives the address of the matrix and the number of its extra steps. */
  function pack(layout: MatrixLayout, weights: Int8Array, piece: number) {
    const at = MEMORY_BASE;
    const bytes = packedBytes(layout);
    new Uint8Array(memory.buffer).fill(0);
    const place = { kernels, memory, at };
    const matrix = matrixOf(layout);
    startMatrix(matrix, place);
    const from = at + 4 * bytes + 2 * weights.length;
    for (let start = 0; start < weights.length; start += piece) {
      const values = weights.subarray(start, start + piece);
      new Int8Array(memory.buffer).set(values, from);
      packPiece(matrix, start, values.length, from, place);
    }
    putBiases(
      matrix,
      0,
      Int32Array.from({ length: layout.outputs }, (_, o) => o - 5),
      place,
    );
    let end = at + bytes;
    finishMatrix(matrix, { code: Q8_PATH.octets, signed: false }, place, (size) => {
      const start = end;
      end += size;
      return start;
    });
    const view = new DataView(memory.buffer, at, bytes);
    let extras = 0;
    for (let tile = 0; tile < layout.tiles; tile++) {
      for (let tap = 0; tap < layout.packedTaps; tap++) {
        extras += view.getUint32(
          MATRIX_HEADER + tile * layout.tileBytes + TILE_HEADER + tap * layout.tapBytes + 36,
          true,
        );
      }
    }
    return { at, extras };
  }

  it("keeps every weight, in octets and their extra steps, none of whose sums overflows", () => {
    const view = new DataView(memory.buffer);
    fc.assert(
      fc.property(
        layouts,
        fc.integer({ min: 1, max: 97 }),
        fc.constantFrom(40, 63, 100, 127),
        (layout, piece, limit) => {
          const weights = noiseWeights(layout.outputs * layout.inputs * layout.taps, 3, limit);
          const { at } = pack(layout, weights, piece);
          const { k, tileBytes, tiles, packedTaps, matrices, matrixBytes } = layout;
          const expected = new Map<number, Int32Array>();
          for (const [element, weight] of weights.entries()) {
            const place = placeOf(layout, element);
            const tap = expected.get(place.tap) ?? new Int32Array(8 * k);
            tap[place.column * k + place.k] = weight;
            expected.set(place.tap, tap);
          }
          for (let matrix = at; matrix < at + matrices * matrixBytes; matrix += matrixBytes) {
            const way = view.getInt32(matrix + REQUANT_BYTES, true);
            const extras = (matrix + view.getUint32(matrix + REQUANT_BYTES + 4, true)) >>> 0;
            for (let tap = 0; tap < tiles * packedTaps; tap++) {
              const tile = matrix + MATRIX_HEADER + Math.floor(tap / packedTaps) * tileBytes;
              const start = tile + TILE_HEADER + (tap % packedTaps) * (TAP_HEADER + 8 * k);
              const found = new Int32Array(8 * k);
              const order = (extras + view.getUint32(start + 44, true)) >>> 0;
              const slots = Array.from({ length: k / 4 }, (_, i) =>
                way === MATCHED ? view.getUint16(order + 2 * i, true) : 4 * i,
              );
              /** Where the quad lies that starts with this K. */
              const slotOf = (first: number) => 4 * slots.indexOf(first);
              const group = way === Q8_PATH.pairs ? 2 : 4;
              for (let i = 0; i < 8 * k; i++) {
                const column = Math.floor(i / group) % 8;
                const p = Math.floor(i / (8 * group)) * group + (i % group);
                found[column * k + p] = view.getInt8(start + TAP_HEADER + i);
              }
              const octets = way === Q8_PATH.octets || way === MATCHED;
              if (octets) expectFits(found, k, 8);
              for (let i = 0; octets && i < view.getUint32(start + 36, true); i++) {
                const extra = extras + view.getUint32(start + 32, true) + 36 * i;
                const step = new Int32Array(32).map((_, n) => view.getInt8(extra + 4 + n));
                expectFits(step, 4, 4);
                for (const [n, weight] of step.entries()) {
                  const place = Math.floor(n / 4) * k + slotOf(view.getUint32(extra, true)) + (n % 4);
                  found[place] = (found[place] as number) + weight;
                }
              }
              const inOrder = found.map(
                (_, i) => found[i - (i % k) + slotOf((i % k) & ~3) + (i % 4)] as number,
              );
              expect(inOrder).toEqual(expected.get(start - at) ?? new Int32Array(8 * k));
              for (let column = 0; column < 8; column++) {
                const sum = found.subarray(column * k, (column + 1) * k).reduce((a, b) => a + b, 0);
                const correction = -77 * sum + 0;
                expect(view.getInt32(start + 4 * column, true)).toBe(correction);
                const output = Math.floor(tap / packedTaps) * 8 + column;
                const own = output < layout.outputs;
                expect(view.getFloat32(tile + 4 * column, true)).toBe(own ? 0.5 : 0);
                // It includes the correction of a single tap.
                const bias = own ? output - 5 : 0;
                expect(view.getInt32(tile + 32 + 4 * column, true)).toBe(
                  packedTaps > 1 ? bias : bias + correction,
                );
              }
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("takes as few extra steps as can be", () => {
    // Of two taps, since a single one of few K is not multiplied by octets.
    const layout = matrixLayout(8, 16, 2);
    const one = new Int8Array(8 * 16 * 2);
    // K 0, 1, 4, 5 of a column meet: 380 over the limit takes three steps, 100 one, whichever quad has it.
    for (const k of [0, 1, 4, 5]) one[2 * k] = 127;
    expect(pack(layout, one, 256).extras).toBe(3);
    one.fill(0);
    for (const k of [2, 6, 16 + 4, 16 + 5]) one[2 * k] = 114;
    expect(pack(layout, one, 256).extras).toBe(1);
    expect(pack(layout, noiseWeights(256, 5, 31), 256).extras).toBe(0);
  });

  it("lets quads meet that need no extra steps", () => {
    const layout = matrixLayout(8, 32);
    const weights = new Int8Array(8 * 32);
    // Neighbours overflow: K 0 with 4, and in another column 8 with 12. So do 0 with 8, but not with 12.
    for (const k of [0, 4, 8]) weights[k] = 100;
    for (const k of [8, 12]) weights[32 + k] = -100;
    expect(pack(layout, weights, 256).extras).toBe(0);
    // Four overflow with each other, two with all: two of the four find partners, and the others take a step by twos.
    for (const k of [0, 4, 8, 12]) weights[k] = 100;
    for (let k = 0; k < 32; k += 4) weights[64 + k] = k === 16 || k === 20 ? 127 : 10;
    expect(pack(layout, weights, 256).extras).toBe(2);
  });

  it.each([...ways(build, kernels.dotPathQ8())])("lets matrices share weights: way %o", (path) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (outputs, inputs, seed) => {
          const layout = matrixLayout(outputs, inputs);
          const weights = noiseWeights(outputs * inputs, seed);
          const [m, bytes] = [5, packedBytes(layout)];
          const a = noiseBytes(m * layout.k, seed, 0, 127);
          const scales = new Float32Array(outputs).fill(0.003);
          const sums = { scales, inputZero: 13, output: OUTPUTS[1] as QuantizedOutput };
          const sharer = { ...sums, layout: headersLayout(layout) };
          const biases = Int32Array.from(noiseWeights(outputs, 3), (value) => 9 * value);
          new Uint8Array(memory.buffer).fill(0);
          const place = { kernels, memory, at: MEMORY_BASE };
          const from = MEMORY_BASE + 8 * bytes;
          new Int8Array(memory.buffer).set(weights, from);
          let end = MEMORY_BASE + 2 * bytes;
          const shared = { ...place, at: MEMORY_BASE + bytes };
          const owner = matrixOf(layout);
          startMatrix(owner, place);
          startMatrix(sharer, shared);
          packPiece(owner, 0, weights.length, from, place);
          putBiases(sharer, 0, biases, shared);
          const allocate = (size: number) => {
            end += size;
            return end - size;
          };
          finishMatrix(owner, path, place, allocate, [{ matrix: sharer, at: shared.at }]);
          const alone = packMatrixQ8(
            BUILDS[build],
            { ...sums, outputs, inputs, taps: 1, weights, bias: biases },
            path,
          );
          new Uint8Array(memory.buffer).set(alone, from);
          const atA = from + 8 * bytes;
          new Uint8Array(memory.buffer).set(a, atA);
          const results = [shared.at, from].map((w) => {
            const c = atA + a.length;
            kernels.gemmQ8(m, 8 * layout.tiles, layout.k, atA, layout.k, w, c, 8 * layout.tiles, 0, 0);
            return sandbox.bytes(c, m * 8 * layout.tiles).slice();
          });
          expect(results[0]).toEqual(results[1]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("refuses a piece that leaves its source", () => {
    const matrix = matrixOf(matrixLayout(8, 16));
    const place = { kernels, memory, at: MEMORY_BASE };
    expect(() => packPiece(matrix, 120, 9, MEMORY_BASE, place)).toThrow(RangeError);
    expect(() => putBiases(matrix, 7, [1, 2], place)).toThrow(RangeError);
  });
});

/** Ways of a build, with operands of 7 bits the same on every processor. */
function ways(build: BuildName, answer: number): Q8Path[] {
  const pairs: Q8Path = { code: Q8_PATH.pairs, signed: false };
  const octets: Q8Path = { code: Q8_PATH.octets, signed: false };
  return build === "simd" ? [pairs] : [pairs, octets, q8Path(answer)];
}

/** Fails where weights of one sign that meet (K 0, 1 and 4, 5, or 2, 3 and 6, 7 of a column of an octet) add up to more than 128. */
function expectFits(weights: Int32Array, k: number, step: 4 | 8): void {
  for (let column = 0; column < weights.length; column += k) {
    for (let p = 0; p < k; p += step) {
      for (const pair of [0, 2]) {
        const meeting = [0, 1, 4, 5].filter((i) => i < step).map((i) => weights[column + p + pair + i] ?? 0);
        for (const sign of [1, -1]) {
          const sum = meeting.reduce((total, weight) => total + Math.max(0, sign * weight), 0);
          if (sum > 128) expect.fail(`${meeting} add up to ${sign * sum}`);
        }
      }
    }
  }
}
