import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importTfjs } from "../../../tools/tfjs/import.ts";
import { decodeWeight } from "../../../tools/tfjs/weights.ts";
import { runModel } from "../onnx/support.ts";
import { filesOf, floats, importModel, placeholder, type StoredWeight } from "./support.ts";

const options = { name: "test", weightsLocation: "test.data" };

/** `y = x + w`, of one row. */
function adding(weight: StoredWeight, more: Readonly<Record<string, StoredWeight>> = {}) {
  const shape = [1, ...weight.shape];
  return {
    weights: { ...more, w: weight },
    nodes: [placeholder("x", shape), { name: "y", op: "AddV2", input: ["x", "w"] }],
    outputs: ["y"],
  };
}

function stored(
  dtype: string,
  bytes: ArrayBufferView,
  shape: readonly number[],
  quantization?: StoredWeight["quantization"],
): StoredWeight {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { dtype, shape, bytes: view, ...(quantization && { quantization }) };
}

function decoded({ bytes, ...spec }: StoredWeight) {
  return decodeWeight({
    spec: { ...spec, name: "w", shape: [...spec.shape], quantization: spec.quantization },
    bytes,
  });
}

describe("weights as they are stored", () => {
  test.each<[string, StoredWeight, readonly number[]]>([
    ["float32", floats([3], [0.1, -2, 7]), [Math.fround(0.1), -2, 7]],
    [
      "halves",
      stored("float32", Float16Array.of(0.1, -2, 65504), [3], { dtype: "float16" }),
      [0.0999755859375, -2, 65504],
    ],
    ["halves without quantization", stored("float16", Float16Array.of(1.5), [1]), [1.5]],
    [
      "uint8 with scale and min",
      stored("float32", Uint8Array.of(0, 128, 255), [3], { dtype: "uint8", scale: 0.5, min: -64 }),
      [-64, 0, 63.5],
    ],
    [
      "uint16 with scale and min",
      stored("float32", Uint16Array.of(0, 65535), [2], { dtype: "uint16", scale: 0.25, min: 1 }),
      [1, 16384.75],
    ],
    [
      "int32 as uint8",
      stored("int32", Uint8Array.of(0, 3), [2], { dtype: "uint8", scale: 1.4, min: -2 }),
      [-2, 2],
    ],
    ["int32", stored("int32", Int32Array.of(-5, 2 ** 31 - 1), [2]), [-5, 2 ** 31 - 1]],
    ["bool", stored("bool", Uint8Array.of(0, 1), [2]), [0, 1]],
  ])("%s", (_, weight, values) => {
    const { data, dims } = decoded(weight);
    expect([...data]).toEqual(values);
    expect(dims).toEqual(weight.shape);
    expect(data).toBeInstanceOf(weight.dtype.startsWith("float") ? Float32Array : Int32Array);
  });

  test("a quantization without its scale is refused", () => {
    const weight = stored("float32", Uint8Array.of(1), [1], { dtype: "uint8" });
    expect(() => decoded(weight)).toThrow(/"w" is quantized as \{"dtype":"uint8"\}/);
  });
});

describe("shards", () => {
  test("may cut a weight anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 45 }), async (shardBytes) => {
        const model = adding(floats([5], [1, 2, 3, 4, 5]), {
          unused: stored("uint8", Uint8Array.of(9, 9, 9), [3]),
        });
        const imported = await importTfjs(filesOf(model, shardBytes), options);
        const { y } = await runModel(imported, { input: { dims: [1, 5], data: new Float32Array(5) } });
        expect([...y.data]).toEqual([1, 2, 3, 4, 5]);
      }),
      { numRuns: 20 },
    );
  });

  test("that hold too little or too much are refused", async () => {
    const files = filesOf(adding(floats([5], [1, 2, 3, 4, 5])));
    const cut = { ...files, readShard: async () => new Uint8Array(19) };
    const long = { ...files, readShard: async () => new Uint8Array(21) };
    await expect(importTfjs(cut, options)).rejects.toMatchObject({
      kind: "malformed",
      message: "The weight files shard0.bin hold 19 bytes instead of the 20 that model.json describes",
    });
    await expect(importTfjs(long, options)).rejects.toMatchObject({ kind: "malformed" });
  });

  test.each([
    "../secret",
    "/etc/passwd",
    "a/../../b",
    "C:\\x",
    "https://example.org/x",
    "a\\..\\b",
    "",
    "a\0b",
  ])("do not lie elsewhere: %j", async (path) => {
    const files = filesOf(adding(floats([1], [1])));
    const json = JSON.parse(new TextDecoder().decode(files.modelJson));
    json.weightsManifest[0].paths = [path];
    const modelJson = new TextEncoder().encode(JSON.stringify(json));
    const readShard = () => Promise.reject(new Error("was read"));
    await expect(importTfjs({ modelJson, readShard }, options)).rejects.toMatchObject({ kind: "malformed" });
  });

  test("are not read when they would take more than the limit", async () => {
    const model = adding(floats([5], [1, 2, 3, 4, 5]));
    await expect(importModel(model, { maxWeightBytes: 19 })).rejects.toMatchObject({ kind: "too_large" });
  });
});
