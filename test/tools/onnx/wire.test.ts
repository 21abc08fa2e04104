import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  TensorProto_DataLocation as DataLocation,
  ModelProtoSchema,
  TensorProtoSchema,
} from "../../../src/runtime/onnx/onnx_pb.ts";
import { readModel } from "../../../src/runtime/onnx/read.ts";
import { readTensor } from "../../../src/runtime/onnx/read-tensor.ts";
import { OnnxError } from "../../../src/runtime/onnx/types.ts";

/** A tensor that protobuf-es writes, and what its bytes must be. */
interface Case {
  readonly dataType: number;
  readonly fields: object;
  readonly expected: ArrayBufferView;
}

const size = { maxLength: 40 };
const cases: fc.Arbitrary<Case> = fc.oneof(
  fc.array(fc.float(), size).map((floatData) => ({
    dataType: 1,
    fields: { floatData },
    expected: Float32Array.from(floatData),
  })),
  fc.array(fc.double(), size).map((doubleData) => ({
    dataType: 11,
    fields: { doubleData },
    expected: Float64Array.from(doubleData),
  })),
  fc.array(fc.integer(), size).map((int32Data) => ({
    dataType: 6,
    fields: { int32Data },
    expected: Int32Array.from(int32Data),
  })),
  fc.array(fc.integer({ min: -128, max: 127 }), size).map((int32Data) => ({
    dataType: 3,
    fields: { int32Data },
    expected: Int8Array.from(int32Data),
  })),
  fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), size).map((int64Data) => ({
    dataType: 7,
    fields: { int64Data },
    expected: BigInt64Array.from(int64Data),
  })),
  fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), size).map((uint64Data) => ({
    dataType: 13,
    fields: { uint64Data },
    expected: BigUint64Array.from(uint64Data),
  })),
  fc.uint8Array(size).map((rawData) => ({ dataType: 2, fields: { rawData }, expected: rawData })),
);

test("tensors that protobuf-es writes are read, in whichever field their values are", () => {
  fc.assert(
    fc.property(cases, fc.string({ unit: "grapheme" }), ({ dataType, fields, expected }, name) => {
      const count = "length" in expected ? (expected.length as number) : 0;
      const message = create(TensorProtoSchema, { name, dataType, dims: [BigInt(count)], ...fields });
      const bytes = new Uint8Array(expected.buffer, expected.byteOffset, expected.byteLength);
      const read = readTensor(toBinary(TensorProtoSchema, message));
      expect(read).toMatchObject({ name, dims: [count], data: { kind: "inline" } });
      expect(read.data.kind === "inline" && Buffer.from(read.data.bytes).equals(bytes)).toBe(true);
    }),
  );
});

test("damaged files are refused by an OnnxError, or read", () => {
  const tensor = {
    name: "w",
    dataType: 1,
    dims: [2n],
    dataLocation: DataLocation.EXTERNAL,
    externalData: [{ key: "location", value: "w.bin" }],
  };
  const type = {
    value: {
      case: "tensorType" as const,
      value: { elemType: 1, shape: { dim: [{ value: { case: "dimValue" as const, value: 2n } }] } },
    },
  };
  const bytes = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      opsetImport: [{ version: 20n }],
      graph: {
        node: [
          {
            opType: "Add",
            input: ["x", "w"],
            output: ["y"],
            attribute: [{ name: "a", type: 7, ints: [1n] }],
          },
        ],
        initializer: [tensor],
        input: [{ name: "x", type }],
        output: [{ name: "y", type }],
      },
    }),
  );
  expect(readModel(bytes)).toMatchObject({ opset: 20, inputs: [{ name: "x", dims: [2] }] });
  const at = fc.integer({ min: 0, max: bytes.length - 1 });
  fc.assert(
    fc.property(at, fc.integer({ min: 0, max: 255 }), at, (where, byte, end) => {
      for (const damaged of [bytes.with(where, byte), bytes.subarray(0, end)]) {
        try {
          readModel(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(OnnxError);
        }
      }
    }),
    { numRuns: 1000 },
  );
});
