import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { testApp } from "../../support/app.ts";
import { storedColorModel } from "../../support/color-model.ts";
import { seed } from "../../support/stored-model.ts";

const stored = await storedColorModel("mobilenet_v3_small");
const absent = await storedColorModel("unstored", { seed: 7 });
const { request, lines } = testApp({ models: [stored, absent] });

beforeAll(() => seed(env.MODELS, [stored]));

/** A picture of 2 × 2 pixels, one plane a colour: red at 1, green at 0.5, blue at 0. */
const PLANES = [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0];
/** What the colour model makes of it: eight times each plane's mean. */
const LOGITS = [8, 4, 0];
const input = { name: "input", shape: [1, 3, 2, 2], datatype: "FP32", data: PLANES as unknown[] };

const INFER = "/v2/models/mobilenet_v3_small/infer";

async function infer(json: object, binary: readonly Uint8Array[] = [], path = INFER) {
  const head = new TextEncoder().encode(JSON.stringify(json));
  const body = new Uint8Array(await new Blob([head, ...binary]).arrayBuffer());
  const headers =
    binary.length > 0 ? { "Inference-Header-Content-Length": String(head.byteLength) } : undefined;
  const response = await request(path, { method: "POST", body, ...(headers && { headers }) });
  const bytes = await response.bytes();
  const length = response.headers.get("inference-header-content-length");
  const jsonBytes = length === null ? bytes : bytes.subarray(0, Number(length));
  // biome-ignore lint/suspicious/noExplicitAny: the answer is what is under test
  const answer: any = JSON.parse(new TextDecoder().decode(jsonBytes));
  return { response, answer, rest: bytes.subarray(jsonBytes.byteLength) };
}

describe("the server", () => {
  test.each([
    ["/v2", { name: "edge-vision", version: expect.any(String), extensions: ["binary_tensor_data"] }],
    ["/v2/health/live", { live: true }],
    ["/v2/health/ready", { ready: true }],
    ["/v2/models/mobilenet_v3_small/ready", { name: "mobilenet_v3_small", ready: true }],
    ["/v2/models/mobilenet_v3_small/versions/fp32/ready", { name: "mobilenet_v3_small", ready: true }],
  ])("%s", async (path, expected) => {
    const response = await request(path);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(expected);
  });

  test("a model whose files are not there is not ready", async () => {
    const response = await request("/v2/models/unstored/ready");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ name: "unstored", ready: false });
  });
});

test("a model's metadata", async () => {
  for (const path of ["/v2/models/mobilenet_v3_small", "/v2/models/mobilenet_v3_small/versions/fp32"]) {
    expect(await (await request(path)).json()).toEqual({
      name: "mobilenet_v3_small",
      versions: ["fp32"],
      platform: "onnx_onnxv1",
      inputs: [{ name: "input", datatype: "FP32", shape: [-1, 3, -1, -1] }],
      outputs: [{ name: "logits", datatype: "FP32", shape: [-1, 3] }],
    });
  }
});

describe("infer", () => {
  test("JSON in, JSON out", async () => {
    lines.length = 0;
    const { response, answer } = await infer({ id: "42", inputs: [input] });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(answer).toEqual({
      model_name: "mobilenet_v3_small",
      model_version: "fp32",
      id: "42",
      outputs: [
        { name: "logits", datatype: "FP32", shape: [1, 3], data: LOGITS.map((x) => expect.closeTo(x, 5)) },
      ],
    });
    expect(lines[0]).toMatchObject({ models: [{ model: "mobilenet_v3_small" }] });
  });

  test("nested lists, another version of the address, another type", async () => {
    const nested = [
      [
        PLANES.slice(0, 4),
        PLANES.slice(4, 8),
        [
          [false, false],
          [false, false],
        ],
      ],
    ];
    const { answer } = await infer(
      { inputs: [{ ...input, data: nested }], outputs: [{ name: "logits" }] },
      [],
      "/v2/models/mobilenet_v3_small/versions/fp32/infer",
    );
    expect(answer.outputs[0].data[1]).toBeCloseTo(4, 5);
    expect("id" in answer).toBe(false);
  });

  test.each([
    ["FP32", new Float32Array(PLANES)],
    ["FP64", new Float64Array(PLANES)],
    ["INT64", BigInt64Array.from(PLANES, (value) => BigInt(Math.round(value * 2)))],
  ])("binary tensors of %s in, binary out", async (datatype, values) => {
    const { data, ...described } = input;
    const bytes = new Uint8Array(values.buffer);
    const { response, answer, rest } = await infer(
      {
        inputs: [{ ...described, datatype, parameters: { binary_data_size: bytes.byteLength } }],
        parameters: { binary_data_output: true },
      },
      [bytes],
    );
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(answer.outputs).toEqual([
      { name: "logits", datatype: "FP32", shape: [1, 3], parameters: { binary_data_size: 12 } },
    ]);
    const scale = datatype === "INT64" ? 2 : 1;
    const logits = Array.from(new Float32Array(rest.slice().buffer));
    expect(logits).toEqual(LOGITS.map((x) => expect.closeTo(x * scale, 5)));
  });

  test("an output's own binary_data goes before binary_data_output", async () => {
    const { rest } = await infer({
      inputs: [input],
      parameters: { binary_data_output: true },
      outputs: [{ name: "logits", parameters: { binary_data: false } }],
    });
    expect(rest.byteLength).toBe(0);
  });

  const { data: _, ...bare } = input;
  test.each([
    ["no inputs", { inputs: [] }, [], /inputs: at least one tensor/],
    ["a wrong type", { inputs: [{ ...input, datatype: "BYTES" }] }, [], /inputs.0.datatype: one of BOOL/],
    ["a wrong shape", { inputs: [{ ...input, shape: [1, 1, 2, 2], data: [1, 2, 3, 4] }] }, [], /do not fit/],
    ["too few values", { inputs: [{ ...input, data: [1] }] }, [], /has 1 values for a shape of 1×3×2×2/],
    ["a vast shape", { inputs: [{ ...input, shape: [1e9, 1e9], data: [1] }] }, [], /has 1 values/],
    ["text among numbers", { inputs: [{ ...input, data: ["x"] }] }, [], /"x", which is not a number/],
    ["no data", { inputs: [bare] }, [], /neither data nor binary_data_size/],
    ["an unknown input", { inputs: [{ ...input, name: "image" }] }, [], /do not fit/],
    [
      "an unknown output",
      { inputs: [input], outputs: [{ name: "x" }] },
      [],
      /no output 'x'; there are logits/,
    ],
    [
      "both kinds of data",
      { inputs: [{ ...input, parameters: { binary_data_size: 48 } }] },
      [new Uint8Array(48)],
      /both data and binary_data_size/,
    ],
    [
      "a wrong size",
      { inputs: [{ ...bare, parameters: { binary_data_size: 12 } }] },
      [new Uint8Array(12)],
      /take 48 bytes/,
    ],
    [
      "a short body",
      { inputs: [{ ...bare, parameters: { binary_data_size: 48 } }] },
      [new Uint8Array(40)],
      /ends before its 48 bytes/,
    ],
    ["bytes left over", { inputs: [input] }, [new Uint8Array(4)], /4 bytes behind the JSON/],
  ])("%s is refused in the protocol's shape", async (_name, json, binary, message) => {
    const { response, answer } = await infer(json, binary);
    expect(response.status).toBe(400);
    expect(Object.keys(answer)).toEqual(["error"]);
    expect(answer.error).toMatch(message);
  });

  test("what is not JSON, or shorter than its header says, is refused", async () => {
    const cases: [body: string, length?: string][] = [["{"], ["{}", "3"], ["{}", "-1"]];
    for (const [body, length] of cases) {
      const headers = length === undefined ? undefined : { "Inference-Header-Content-Length": length };
      const response = await request(INFER, { method: "POST", body, ...(headers && { headers }) });
      expect(response.status).toBe(400);
    }
  });

  test("so is a wrong method, and an address that there is not", async () => {
    expect(await (await request("/v2", { method: "POST" })).json()).toEqual({ error: expect.any(String) });
    const nothing = await request("/v2/nothing");
    expect(nothing.status).toBe(404);
    expect(await nothing.json()).toEqual({ error: "There is nothing at /v2/nothing." });
  });

  test("an unknown model is 404", async () => {
    const { response, answer } = await infer({ inputs: [input] }, [], "/v2/models/nothing/infer");
    expect(response.status).toBe(404);
    expect(answer).toEqual({ error: expect.stringContaining("no model 'nothing'") });
  });
});
