import { describe, expect, test } from "vitest";
import { readCheckpoint } from "../../../tools/torch/checkpoint.ts";
import { CheckpointError } from "../../../tools/torch/error.ts";
import { type Entries, fixture, pickle, unzip, zip } from "./support.ts";

/** An archive whose pickle is written by hand. */
function archive(data: Uint8Array, more: Entries = {}): Promise<Uint8Array> {
  return zip({ "a/data.pkl": data, ...more });
}

async function refusal(bytes: Uint8Array): Promise<CheckpointError> {
  try {
    await readCheckpoint(bytes);
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error("the checkpoint was read");
}

const STOP = 0x2e;
const PROTO = [0x80, 2] as const;

/** `torch._utils._rebuild_tensor_v2((storage "0" of 4 floats), offset, (size,), (stride,), False, OrderedDict())` in a dict. */
function oneTensor(offset: number, size: number, stride: number): Uint8Array {
  return pickle(
    ...PROTO,
    ...["}", "X", 1, 0, 0, 0, "w"],
    "ctorch._utils\n_rebuild_tensor_v2\n",
    ...["((", "X", 7, 0, 0, 0, "storage", "ctorch\nFloatStorage\n"],
    ...["X", 1, 0, 0, 0, "0", "X", 3, 0, 0, 0, "cpu", "K", 4, "t", "Q"],
    ...["K", offset, "K", size, 0x85, "K", stride, 0x85, 0x89],
    "ccollections\nOrderedDict\n",
    ...[")R", "t", "R", "s", STOP],
  );
}

describe("a pickle that names a function", () => {
  test.each(["os-system.pickle", "os-system-by-name.pickle"])(
    "%s is refused by name, not called",
    async (name) => {
      const error = await refusal(await archive(fixture(name)));
      expect(error.kind).toBe("unsupported");
      expect(error.message).toContain("os.system");
      expect(error.message).toContain("torch.save(model.state_dict(), path)");
    },
  );

  test("is refused in a whole checkpoint, among good tensors", async () => {
    expect((await refusal(fixture("os-system.pth"))).message).toContain("os.system");
  });

  test.each([
    "builtins\neval",
    "torch\nload",
    "torch.nn.modules\nModule",
    "argparse\nNamespace",
    "\nconstructor",
  ])("%j is refused", async (name) => {
    const error = await refusal(await archive(pickle(...PROTO, "c", name, "\n", STOP)));
    expect(error.message).toContain(name.replace("\n", "."));
  });

  test("a name of control characters does not reach the message", async () => {
    const error = await refusal(await archive(pickle(...PROTO, "c\u001b[31m\nx\n", STOP)));
    expect(error.message).not.toContain("\u001b");
  });
});

describe("a tensor that lies about its storage", () => {
  const four = { "a/data/0": new Uint8Array(16) };

  test("is read when it fits", async () => {
    const { tensors } = await readCheckpoint(await archive(oneTensor(1, 3, 1), four));
    expect(tensors.get("w")?.shape).toEqual([3]);
  });

  test.each([
    ["begins too late", 2, 3, 1],
    ["strides too far", 0, 3, 2],
    ["repeats an element", 0, 200, 0],
  ])("is refused where it %s", async (_how, offset, size, stride) => {
    const error = await refusal(await archive(oneTensor(offset, size, stride), four));
    expect(error).toMatchObject({ kind: "damaged", message: expect.stringContaining("beyond storage 0") });
  });

  test("is refused where the storage's entry has another size, or is missing", async () => {
    const short = await refusal(await archive(oneTensor(0, 4, 1), { "a/data/0": new Uint8Array(12) }));
    expect(short.message).toContain("a/data/0 should have 16 bytes and has 12");
    const missing = await refusal(await archive(oneTensor(0, 4, 1)));
    expect(missing.message).toContain("lacks a/data/0");
  });
});

describe("bombs", () => {
  test("a pickle of endless objects stops at its bound", async () => {
    const bomb = new Uint8Array(2_000_000).fill(0x7d); // EMPTY_DICT
    expect((await refusal(await archive(bomb))).kind).toBe("too_large");
  });

  test("many tensors of one storage are refused beyond four times the file", async () => {
    const storage = pickle(
      ...["((", "X", 7, 0, 0, 0, "storage", "ctorch\nFloatStorage\n", "X", 1, 0, 0, 0, "0"],
      ...["X", 3, 0, 0, 0, "cpu", "M", 0, 0x10, "t", "Q", "q", 0], // 4,096 floats, kept as memo 0.
      ...[
        "K",
        0,
        "M",
        0,
        0x10,
        0x85,
        "K",
        1,
        0x85,
        0x89,
        "ccollections\nOrderedDict\n",
        ")R",
        "t",
        "q",
        1,
        "R",
      ],
    );
    const again = pickle("h", 1, "R");
    const parts = [pickle(...PROTO, "(")];
    for (let i = 0; i < 20; i++)
      parts.push(pickle("ctorch._utils\n_rebuild_tensor_v2\n"), i === 0 ? storage : again);
    const data = Buffer.concat([...parts, pickle("t", STOP)]);
    const error = await refusal(await archive(data, { "a/data/0": new Uint8Array(16_384) }));
    expect(error.kind).toBe("too_large");
  });

  test("a compressed archive is refused unread", async () => {
    const entries = await unzip(fixture("zip-protocol2.pth"));
    const error = await refusal(await zip(entries, { level: 9 }));
    expect(error.message).toContain("torch only stores");
  });
});

describe("other files", () => {
  test.each([
    ["nothing", new Uint8Array(0)],
    ["a picture", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
    ["an old pickle that torch did not write", pickle(...PROTO, "K", 1, STOP)],
  ])("%s is not a checkpoint", async (_what, bytes) => {
    expect((await refusal(bytes)).kind).toBe("not_a_checkpoint");
  });

  test("a zip archive without a pickle is not a checkpoint", async () => {
    expect((await refusal(await zip({ "a/b.txt": new Uint8Array(3) }))).kind).toBe("not_a_checkpoint");
  });

  test("TorchScript and big-endian machines are told so", async () => {
    const entries = await unzip(fixture("zip-protocol2.pth"));
    const [prefix] = Object.keys(entries)[0].split("/");
    const script = await refusal(await zip({ ...entries, [`${prefix}/constants.pkl`]: new Uint8Array(1) }));
    expect(script.message).toContain("TorchScript");
    const order = { [`${prefix}/byteorder`]: new TextEncoder().encode("big") };
    expect((await refusal(await zip({ ...entries, ...order }))).message).toContain("big-endian");
  });

  test("every truncation is damage, never a shorter answer", async () => {
    for (const name of ["zip-protocol2.pth", "legacy-protocol4.pth"]) {
      const whole = fixture(name);
      for (let length = 2; length < whole.length; length += 97) {
        expect((await refusal(whole.subarray(0, length))).kind, `${name} cut at ${length}`).toBe("damaged");
      }
    }
  });

  test("a flipped bit in the numbers is found by the archive's checksum", async () => {
    const bytes = fixture("zip-protocol2.pth");
    const entries = await unzip(bytes);
    const name = Object.keys(entries).find((key) => key.endsWith("/data/0")) as string;
    const at = Buffer.from(bytes).indexOf(Buffer.from(entries[name]));
    bytes[at] ^= 1;
    expect((await refusal(bytes)).message).toContain(name);
  });
});

test("a ZIP64 archive is read", async () => {
  const entries = await unzip(fixture("zip-protocol2.pth"));
  const bytes = await zip(entries, { zip64: true });
  const { tensors } = await readCheckpoint(bytes);
  expect(tensors.get("scalar")?.shape).toEqual([]);
});
