import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Card, type Weights } from "../../../src/runtime/card.ts";
import { chooseWeights, findCheckpoint } from "../../../tools/models/checkpoint.ts";
import { sha256 } from "../../../tools/models/digest.ts";
import type { ModelFolders } from "../../../tools/models/paths.ts";

const CONTENT = Buffer.from("weights ".repeat(4096));
const FILE = "tiny-01234567.pth";

let home: string;
let folders: ModelFolders;
let server: Server;
/** The host's requests: path and range. */
let requests: { url: string; range: string | undefined }[];
let answer: (range: number) => { status: number; body: Buffer; cutAt?: number };

function weights(change: Partial<Weights> = {}): Weights {
  return { name: "TINY_V1", file: FILE, folder: "", sha256: sha256(CONTENT), ...change };
}

function card(one: Weights): Card {
  return Card.parse({
    name: "tiny",
    task: "classification",
    description: "A network of the test",
    licence: "MIT",
    source: { kind: "torchvision", architecture: "mobilenet_v3_small", weights: [one] },
    preprocess: { kind: "resize_crop", resize: 256, crop: 224 },
    output: { kind: "logits" },
    labels: ["a", "b"],
  });
}

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "edge-vision-checkpoint-"));
  folders = {
    cards: "",
    labels: "",
    embedded: "",
    packages: "",
    state: "",
    build: path.join(home, "build"),
    cache: path.join(home, "cache"),
  };
  requests = [];
  answer = (start) => ({ status: start > 0 ? 206 : 200, body: CONTENT.subarray(start) });
  server = createServer((request, response) => {
    requests.push({ url: request.url ?? "", range: request.headers.range });
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const { status, body, cutAt } = answer(start);
    response.writeHead(status, { "content-length": body.length });
    if (cutAt === undefined) response.end(body);
    else response.write(body.subarray(0, cutAt), () => setTimeout(() => response.destroy(), 50));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("TORCH_HOME", path.join(home, "torch"));
  vi.stubEnv("EDGE_VISION_MODEL_HOST", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await new Promise((resolve) => server.close(resolve));
  await rm(home, { recursive: true, force: true });
});

describe("findCheckpoint", () => {
  it("downloads into the cache, verifies, and asks the host only once", async () => {
    const one = weights({ folder: "quantized" });
    const found = await findCheckpoint(card(one), one, folders, {});
    expect(found).toEqual({
      file: path.join(folders.cache, FILE),
      sha256: one.sha256,
      verification: "verified",
    });
    expect(await readFile(found.file)).toEqual(CONTENT);
    await findCheckpoint(card(one), one, folders, {});
    expect(requests).toEqual([{ url: `/models/quantized/${FILE}`, range: undefined }]);
  });

  it("resumes a download that broke off", async () => {
    const whole = answer;
    answer = (start) => ({ ...whole(start), cutAt: 10_000 });
    const one = weights();
    await expect(findCheckpoint(card(one), one, folders, {})).rejects.toThrow(/broke off/);
    answer = whole;
    const found = await findCheckpoint(card(one), one, folders, {});
    expect(await readFile(found.file)).toEqual(CONTENT);
    expect(requests[1]?.range).toBe("bytes=10000-");
  });

  it("starts over where the host does not honour ranges", async () => {
    await mkdir(folders.cache, { recursive: true });
    await writeFile(path.join(folders.cache, `${FILE}.part`), CONTENT.subarray(0, 100));
    answer = () => ({ status: 200, body: CONTENT });
    const one = weights();
    const found = await findCheckpoint(card(one), one, folders, {});
    expect(await readFile(found.file)).toEqual(CONTENT);
  });

  it("takes a finished part when the host says that nothing is left, and drops a wrong one", async () => {
    const part = path.join(folders.cache, `${FILE}.part`);
    await mkdir(folders.cache, { recursive: true });
    const one = weights();
    const whole = answer;
    answer = (start) => (start >= CONTENT.length ? { status: 416, body: Buffer.alloc(0) } : whole(start));
    await writeFile(part, CONTENT);
    expect((await findCheckpoint(card(one), one, folders, {})).verification).toBe("verified");
    await rm(path.join(folders.cache, FILE));
    await writeFile(part, Buffer.alloc(CONTENT.length));
    expect(await readFile((await findCheckpoint(card(one), one, folders, {})).file)).toEqual(CONTENT);
  });

  it("refuses a file with another digest and names both; --unverified accepts it", async () => {
    const one = weights({ sha256: "ab".repeat(32) });
    const refused = findCheckpoint(card(one), one, folders, {});
    await expect(refused).rejects.toThrow(sha256(CONTENT));
    await expect(refused).rejects.toThrow("ab".repeat(32));
    const accepted = await findCheckpoint(card(one), one, folders, { unverified: true });
    expect(accepted.verification).toBe("unverified");
  });

  it("says when only the first 8 digits agree", async () => {
    const one = weights({ sha256: sha256(CONTENT).slice(0, 8) + "0".repeat(56) });
    await expect(findCheckpoint(card(one), one, folders, {})).rejects.toThrow(/first 8 digits agree/);
  });

  it("verifies by 8 digits where a card has no more", async () => {
    const { sha256: _, ...rest } = weights();
    const one = { ...rest, sha256_prefix: sha256(CONTENT).slice(0, 8) };
    expect((await findCheckpoint(card(one), one, folders, {})).verification).toBe("verified (8 digits)");
    const other = { ...rest, sha256_prefix: "00000000" };
    await expect(findCheckpoint(card(other), other, folders, {})).rejects.toThrow(/00000000…/);
  });

  it("prefers --checkpoint, then the cache, then torch's hub cache, then the host", async () => {
    const one = weights();
    const hub = path.join(home, "torch/hub/checkpoints", FILE);
    await mkdir(path.dirname(hub), { recursive: true });
    await writeFile(hub, CONTENT);
    expect((await findCheckpoint(card(one), one, folders, {})).file).toBe(hub);
    await mkdir(folders.cache, { recursive: true });
    await writeFile(path.join(folders.cache, FILE), CONTENT);
    expect((await findCheckpoint(card(one), one, folders, {})).file).toBe(path.join(folders.cache, FILE));
    const mine = path.join(home, "mine.pth");
    await writeFile(mine, CONTENT);
    expect((await findCheckpoint(card(one), one, folders, { checkpoint: mine })).file).toBe(mine);
    expect(requests).toEqual([]);
  });

  it("says which file to put where when there is no network", async () => {
    vi.stubEnv("EDGE_VISION_MODEL_HOST", "http://127.0.0.1:9");
    const one = weights();
    const failed = findCheckpoint(card(one), one, folders, {});
    await expect(failed).rejects.toThrow(`put the file ${FILE} into ${folders.cache}`);
  });

  it("reports what the host answers", async () => {
    answer = () => ({ status: 404, body: Buffer.from("gone") });
    const one = weights();
    await expect(findCheckpoint(card(one), one, folders, {})).rejects.toThrow(/answered 404 Not Found/);
  });
});

describe("chooseWeights", () => {
  it("lists the weights there are", () => {
    expect(() => chooseWeights(card(weights()), "IMAGENET1K_V9")).toThrow(/TINY_V1/);
    expect(chooseWeights(card(weights()), undefined)?.name).toBe("TINY_V1");
  });
});
