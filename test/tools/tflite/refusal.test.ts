import { describe, expect, test } from "vitest";
import { ImportError } from "../../../tools/nhwc/errors.ts";
import type { ImportOptions } from "../../../tools/nhwc/import.ts";
import { importTflite } from "../../../tools/tflite/import.ts";
import { type FileSpec, writeTflite } from "../../../tools/tflite/write.ts";
import { GRAPHS } from "./graphs.ts";

function importFile(file: FileSpec | Uint8Array, options: Partial<ImportOptions> = {}) {
  const bytes = file instanceof Uint8Array ? file : writeTflite(file);
  return importTflite(bytes, { name: "test", weightsLocation: "test.data", ...options });
}

function refusal(file: FileSpec | Uint8Array, options: Partial<ImportOptions> = {}): ImportError {
  try {
    importFile(file, options);
  } catch (error) {
    if (error instanceof ImportError) return error;
    throw error;
  }
  throw new Error("it was imported");
}

const shape = [1, 2, 2, 4];

/** `y` of `x` by one operator. */
function graph(op: string, more: Partial<FileSpec["operators"][number]> = {}): FileSpec {
  return {
    tensors: [
      { name: "x", shape },
      { name: "y", shape },
    ],
    operators: [{ op, inputs: ["x"], outputs: ["y"], ...more }],
    inputs: ["x"],
    outputs: ["y"],
  };
}

describe("what is not supported is named, with its node", () => {
  test.each(["TOPK_V2", "WHILE", "STABLEHLO_CASE", "CUSTOM:TFLite_Detection_PostProcess", "CUSTOM:"])(
    "%s",
    (op) => {
      expect(refusal(graph(op))).toMatchObject({
        kind: "unsupported_operator",
        operator: op,
        node: "y",
        message: expect.stringContaining(`${op} "y": this operator is not supported`),
      });
    },
  );

  test("but what stands behind the cut is not looked at", () => {
    const { tensors, inputs } = graph("RELU");
    const cut: FileSpec = {
      tensors: [...tensors, { name: "z", shape }],
      operators: [
        { op: "RELU", inputs: ["x"], outputs: ["y"] },
        { op: "TOPK_V2", inputs: ["y"], outputs: ["z"] },
      ],
      inputs,
      outputs: ["z"],
    };
    expect(importFile(cut, { outputs: { y: "positive" } }).outputs).toEqual([
      { name: "positive", dims: [1, 4, 2, 2] },
    ]);
  });

  test("a fused activation, a softmax's beta, a mirror that repeats the edge", () => {
    expect(
      refusal(graph("ADD", { inputs: ["x", "x"], options: { type: 11, fields: { 0: { int8: 5 } } } }))
        .message,
    ).toMatch(/ADD "y": the fused activation 5 is not supported/);
    expect(
      refusal(graph("SOFTMAX", { options: { type: 9, fields: { 0: { float32: 2 } } } })).message,
    ).toMatch(/beta 2/);
    const { tensors } = graph("RELU");
    const pads = { name: "p", shape: [4, 2], type: "int32" as const, data: new Int32Array(8) };
    const mirror = {
      ...graph("MIRROR_PAD", { inputs: ["x", "p"], options: { type: 77, fields: { 0: { int8: 1 } } } }),
      tensors: [...tensors, pads],
    };
    expect(refusal(mirror).message).toMatch(/only REFLECT is supported/);
  });

  test("another version of the schema, another element type", () => {
    expect(refusal({ ...graph("RELU"), version: 4 })).toMatchObject({ kind: "unsupported" });
  });
});

describe("what contradicts itself is refused", () => {
  test("a file of another format, and one that is cut short", () => {
    expect(refusal(new Uint8Array())).toMatchObject({ kind: "malformed" });
    expect(refusal(new TextEncoder().encode("\x1c\0\0\0TFL2 and so on"))).toMatchObject({
      kind: "malformed",
    });
    const whole = writeTflite(GRAPHS["CONV_2D SAME"]);
    for (let length = 0; length < whole.length; length++) {
      expect(refusal(whole.subarray(0, length))).toMatchObject({ kind: "malformed" });
    }
  });

  test("a constant that holds too little", () => {
    const file = GRAPHS["CONV_2D SAME"];
    const tensors = file.tensors.map((tensor) =>
      tensor.name === "w" ? { ...tensor, data: new Float32Array(7) } : tensor,
    );
    expect(refusal({ ...file, tensors })).toMatchObject({
      kind: "malformed",
      message: 'constant "w": [5, 3, 3, 4] takes 720 bytes, the file holds 28',
    });
  });

  test("scales that do not fit their axis", () => {
    const file = GRAPHS["weights quantized by channel"];
    const tensors = file.tensors.map((tensor) =>
      tensor.quantization ? { ...tensor, quantization: { ...tensor.quantization, axis: 3 } } : tensor,
    );
    expect(refusal({ ...file, tensors })).toMatchObject({ kind: "malformed" });
  });

  test("an operator that reads what nothing makes", () => {
    const { tensors, ...rest } = graph("ADD", { inputs: ["x", "z"] });
    expect(refusal({ ...rest, tensors: [...tensors, { name: "z", shape }] })).toMatchObject({
      kind: "malformed",
      message: 'ADD "y": it reads tensor "z", which nothing makes',
    });
  });

  test("an output that is an input, or none", () => {
    expect(refusal({ ...graph("RELU"), outputs: [] })).toMatchObject({ kind: "malformed" });
    expect(refusal(graph("RELU"), { outputs: { w: "w" } })).toMatchObject({ kind: "options" });
  });
});

test("open height and width are asked for", () => {
  const file = graph("RELU");
  const open = {
    ...file,
    tensors: file.tensors.map((tensor) => ({ ...tensor, signature: [-1, -1, -1, 4] })),
  };
  expect(refusal(open)).toMatchObject({ kind: "options" });
  const { inputs, outputs } = importFile(open, { inputSize: { height: 5, width: 7 } });
  expect(inputs).toEqual([{ name: "input", dims: [1, 4, 5, 7] }]);
  expect(outputs).toEqual([{ name: "y", dims: [1, 4, 5, 7] }]);
});

test("constants count against the limit once decoded", () => {
  const file = GRAPHS["weights in half precision"];
  expect(refusal(file, { maxWeightBytes: 47 })).toMatchObject({ kind: "too_large" });
});
