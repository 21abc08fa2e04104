import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readModel } from "../../../src/runtime/onnx/read.ts";
import { readTensor } from "../../../src/runtime/onnx/read-tensor.ts";
import { OnnxError } from "../../../src/runtime/onnx/types.ts";
import {
  TensorProto_DataLocation as DataLocation,
  ModelProtoSchema,
  TensorProtoSchema,
} from "../../../tools/onnx/onnx_pb.ts";

/** A tensor that protobuf-es writes, and what its bytes must be. */
interface Case {
  readonly dataType: number;
  readonly fields: object;
  readonly expected: ArrayBufferView;
}

const size = { maxLength: 40 };
const EXACT = 2n ** 53n;

/** What is read exactly: up to 2⁵³, and the ends of the range, which mean "to the end". */
const integers = (min: bigint, max: bigint) =>
  fc.oneof(fc.bigInt({ min: min < 0n ? -EXACT : 0n, max: EXACT }), fc.constantFrom(min, max));

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
  fc.array(integers(-(2n ** 63n), 2n ** 63n - 1n), size).map((int64Data) => ({
    dataType: 7,
    fields: { int64Data },
    expected: BigInt64Array.from(int64Data),
  })),
  fc.array(integers(0n, 2n ** 64n - 1n), size).map((uint64Data) => ({
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

test("unknown fields of every wire type are skipped", () => {
  // Field 100: a varint, 8 bytes, bytes, 4 bytes.
  const unknown = [
    [0xa0, 0x06, 0xff, 0x01],
    [0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],
    [0xa2, 0x06, 2, 0xff, 0xff],
    [0xa5, 0x06, 1, 2, 3, 4],
  ].flat();
  expect(readModel(new Uint8Array([...unknown, ...bytes, ...unknown]))).toEqual(readModel(bytes));
});

const HUGE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];

test.each<[string, number[]]>([
  ["a text that is longer than the file", [0x42, 5, 0x61]],
  ["a text of 2⁶⁴ − 1 bytes", [0x42, ...HUGE, 0x61]],
  ["raw data of 2⁶⁴ − 1 bytes", [0x4a, ...HUGE, 1, 2, 3, 4]],
  ["packed numbers of 2⁶⁴ − 1 bytes", [0x0a, ...HUGE, 1, 1]],
  ["packed numbers, the last of which ends behind them", [0x0a, 1, 0x80, 0x01]],
  ["packed floats, the last of which ends behind them", [0x22, 3, 0, 0, 0x80, 0x3f]],
  ["a skipped field that is longer than the file", [0xa2, 0x06, 5, 0x61]],
  ["a skipped number without an end", [0xa0, 0x06, 0xff, 0xff]],
  ["a number of 77 bits", [0x10, ...HUGE.slice(0, -1), 0xff, 0x01]],
  ["a number without an end", [0x10, 0x80]],
  ["a tag without an end", [0x80]],
  ["a group", [0xa3, 0x06, 0xa4, 0x06]],
  ["wire type 7", [0x47, 0]],
  ["field 0", [0x00, 0x01]],
  // What follows parses when it is taken for the type that belongs there.
  ["a number where a text belongs", [0x40, 0]],
  ["a number where a message belongs", [0x68, 0]],
  ["a text where a number belongs", [0x12, 2, 0x10, 2]],
  ["a double where a float belongs", [0x21, 4, 0, 0, 0, 0, 0x4a, 1, 7]],
])("%s is refused", (_, tensor) => {
  const message = (field: number, content: readonly number[]) => [field * 8 + 2, content.length, ...content];
  // A whole scalar, then what is wrong with it: the fault alone keeps it from being read.
  const scalar = [0x10, 2, 0x4a, 1, 7];
  const file = (content: readonly number[]) =>
    new Uint8Array([...message(7, message(5, content)), ...message(8, [0x10, 20])]);
  expect(readModel(file(scalar)).initializers.size).toBe(1);
  expect(() => readModel(file([...scalar, ...tensor]))).toThrow(OnnxError);
});

test("whatever bytes there are, they are refused by an OnnxError, or read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (random) => {
      for (const file of [random, new Uint8Array([...bytes, ...random])]) refusedOrRead(file);
    }),
    { numRuns: 1000 },
  );
});

test("damaged files are refused by an OnnxError, or read", () => {
  expect(readModel(bytes)).toMatchObject({ opset: 20, inputs: [{ name: "x", dims: [2] }] });
  const at = fc.integer({ min: 0, max: bytes.length - 1 });
  fc.assert(
    fc.property(at, fc.integer({ min: 0, max: 255 }), at, (where, byte, end) => {
      for (const damaged of [bytes.with(where, byte), bytes.subarray(0, end)]) {
        refusedOrRead(damaged);
      }
    }),
    { numRuns: 1000 },
  );
});

function refusedOrRead(file: Uint8Array): void {
  try {
    readModel(file);
  } catch (error) {
    expect(error).toBeInstanceOf(OnnxError);
  }
}
