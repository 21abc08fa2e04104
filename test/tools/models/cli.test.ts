import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../../tools/models/paths.ts";

const CHECKPOINTS = path.resolve(ROOT, "../shared/checkpoints");
const hasReference = existsSync(CHECKPOINTS);

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "edge-vision-cli-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `npm run models -- …` as a user does, with what it writes in a temporary folder. */
function models(...args: string[]): Promise<Result> {
  const env = {
    ...process.env,
    EDGE_VISION_BUILD: home,
    EDGE_VISION_STATE: path.join(home, "state"),
    TORCH_HOME: path.join(home, "torch"),
    EDGE_VISION_MODEL_HOST: "http://127.0.0.1:9",
  };
  return new Promise((resolve) => {
    execFile(
      "npm",
      ["run", "--silent", "models", "--", ...args],
      { cwd: ROOT, env },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
  });
}

interface Listed {
  name: string;
  installed: string[];
  verification: string | null;
}

async function listed(name: string): Promise<Listed | undefined> {
  const { stdout } = await models("list", "--json");
  return (JSON.parse(stdout) as Listed[]).find((row) => row.name === name);
}

/** One line for the user, no stack. */
function expectOneLine({ code, stderr }: Result, words: RegExp): void {
  expect(code).toBe(1);
  expect(stderr.trim().split("\n").at(-1)).toMatch(words);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe("npm run models", () => {
  it("teaches", async () => {
    const { stdout, code } = await models("--help");
    expect(code).toBe(0);
    for (const command of ["list", "install", "add", "verify", "remove", "push"]) {
      expect(stdout).toContain(command);
    }
  });

  it("names what is wrong in one line and exits with 1", async () => {
    expectOneLine(
      await models("install", "mobilenet_v4"),
      /no model named "mobilenet_v4"\. Known: .*mobilenet_v3_small/,
    );
    expectOneLine(await models("install"), /Name the models/);
    expectOneLine(await models("remove", "mobilenet_v3_small"), /not installed/);
    expectOneLine(
      await models("install", "mobilenet_v3_small"),
      /put the file mobilenet_v3_small-047dcff4\.pth into/,
    );
    expectOneLine(await models("add", "--card", "none.json"), /Cannot read the card/);
  });

  it("prints what push would do", async () => {
    await models("prepare");
    const { stdout } = await models("push", "selfie_segmentation", "--remote", "--dry-run");
    expect(stdout).toMatch(
      /r2 object put edge-vision-models\/[0-9a-f]{64}\/selfie_segmentation\.fp32\.onnx /,
    );
  });
});

describe("npm run models -- quantize", () => {
  it("names what is wrong in one line and exits with 1", async () => {
    await models("prepare");
    expectOneLine(await models("quantize", "mobilenet_v4"), /no model named "mobilenet_v4"/);
    expectOneLine(await models("quantize", "mobilenet_v3_large"), /mobilenet_v3_large is not installed/);
    const quantize = (folder: string) => models("quantize", "selfie_segmentation", "--calibrate", folder);
    expectOneLine(
      await quantize(path.join(home, "none")),
      /Cannot read the folder of calibration pictures .*none/,
    );
    const empty = path.join(home, "empty");
    await mkdir(empty);
    expectOneLine(await quantize(empty), /empty holds no pictures/);
    await writeFile(path.join(empty, "broken.png"), "no picture");
    const broken = await quantize(empty);
    expectOneLine(broken, /Cannot calibrate with .*broken\.png/);
    expect(broken.stderr).toContain("holds 1 photos: crops of them are used as well");
  });

  it("has int8 of what needs no download, without calibrating", async () => {
    await models("prepare");
    expect(await listed("selfie_segmentation")).toMatchObject({
      installed: ["fp32", "int8"],
      agreement: { of: "pixels", share: expect.any(Number) },
    });
  });
});

describe.runIf(hasReference)("npm run models, with a checkpoint", () => {
  const checkpoint = path.join(CHECKPOINTS, "mobilenet_v3_small.pth");

  it("refuses another file than the card's, accepts it unverified, and says so", async () => {
    const refused = await models("install", "mobilenet_v3_small", "--checkpoint", checkpoint);
    expectOneLine(refused, /its SHA-256 is [0-9a-f]{64}, the card's 047dcff4/);
    const accepted = await models(
      "install",
      "mobilenet_v3_small",
      "--checkpoint",
      checkpoint,
      "--unverified",
      "--no-int8",
    );
    expect(accepted.stderr).toContain("Installed mobilenet_v3_small");
    expect(await listed("mobilenet_v3_small")).toMatchObject({
      installed: ["fp32"],
      verification: "unverified",
    });
  });

  it("finds damage, and removes", async () => {
    expect((await models("verify", "mobilenet_v3_small")).stdout).toContain("intact");
    const file = path.join(home, "build/mobilenet_v3_small/mobilenet_v3_small.fp32.onnx.data");
    await truncate(file, 1000);
    const { code, stdout } = await models("verify");
    expect(code).toBe(1);
    expect(stdout).toMatch(/has 1000 bytes, the manifest says \d+/);
    expect((await models("remove", "mobilenet_v3_small")).code).toBe(0);
    expect(await listed("mobilenet_v3_small")).toMatchObject({ installed: [], verification: null });
  });

  it("adds a network of the user's own, and keeps its card", async () => {
    const card = path.join(home, "mine.json");
    await writeFile(
      card,
      JSON.stringify({
        name: "mine",
        task: "classification",
        description: "Ten classes, half the width",
        licence: "MIT",
        source: {
          kind: "torchvision",
          architecture: "mobilenet_v3_large",
          checkpoint: path.join(CHECKPOINTS, "mobilenet_v3_large_w050_c10.pth"),
        },
        preprocess: { kind: "resize_crop", resize: 256, crop: 224 },
        output: { kind: "logits" },
        labels: Array.from({ length: 10 }, (_, index) => `class ${index}`),
      }),
    );
    expect((await models("add", "--card", card, "--no-int8")).code).toBe(0);
    expect(await listed("mine")).toMatchObject({ installed: ["fp32"], verification: "own" });
    const manifest = JSON.parse(await readFile(path.join(home, "build/manifest.json"), "utf8"));
    expect(manifest.models.mine.card.labels).toHaveLength(10);
  });

  it("refuses a card that does not fit its network", async () => {
    const mine = JSON.parse(await readFile(path.join(home, "mine.json"), "utf8"));
    const card = path.join(home, "wrong.json");
    await writeFile(card, JSON.stringify({ ...mine, labels: ["one"] }));
    expectOneLine(await models("add", "--card", card), /has 10 classes, but its card has 1 labels/);
    await writeFile(card, JSON.stringify({ ...mine, name: "mobilenet_v3_small" }));
    expectOneLine(await models("add", "--card", card), /comes with edge-vision/);
    await writeFile(card, JSON.stringify({ ...mine, preprocess: { kind: "stretch" } }));
    expect((await models("add", "--card", card)).stderr).toMatch(/preprocess/);
  });
});
