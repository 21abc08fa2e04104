/**
 * The Worker on plain workerd, as the container file runs it: no wrangler, no R2.
 */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prepareModels } from "../../tools/models/install.ts";
import { modelFolders, ROOT } from "../../tools/models/paths.ts";

let folder: string;
let stop: (() => Promise<unknown>) | undefined;
let origin: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "edge-vision-self-hosted-"));
  await prepareModels(modelFolders());
  await promisify(execFile)("npm", ["run", "--silent", "self-host", "--", folder], { cwd: ROOT });
  const workerd = path.join(ROOT, "node_modules/workerd/bin/workerd");
  // A free port of the loopback address in place of the configuration's; workerd tells which on the control file descriptor.
  const child = spawn(
    workerd,
    ["serve", "config.capnp", "--socket-addr", "http=127.0.0.1:0", "--control-fd", "3"],
    {
      cwd: folder,
      env: { ...process.env, MAX_IMAGE_BYTES: "1000000" },
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    },
  );
  const closed = new Promise((resolve) => child.on("close", resolve));
  stop = () => {
    child.kill("SIGTERM");
    return closed;
  };
  const port = await new Promise<number>((resolve, reject) => {
    child.on("close", (code) => reject(new Error(`workerd ended with ${code}`)));
    child.stdio[3]?.on("data", (chunk: Buffer) => {
      const found = /"port":(\d+)/.exec(chunk.toString())?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  origin = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await stop?.();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test("it is ready, and answers a photo", async () => {
  expect((await fetch(`${origin}/readyz`)).status).toBe(200);
  const body = new Uint8Array(await readFile(path.join(ROOT, "public/samples/astronaut.jpg")));
  const response = await fetch(`${origin}/v1/detect?threshold=0.4&model=centernet_mobilenet_v3`, {
    method: "POST",
    body,
  });
  expect(response.status).toBe(200);
  const { predictions } = (await response.json()) as { predictions: { label: string }[] };
  expect(predictions[0]?.label).toBe("person");
});

test("variables come from the environment", async () => {
  const response = await fetch(`${origin}/v1/classify`, { method: "POST", body: new Uint8Array(1_000_001) });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ limit: 1_000_000 });
});

test("a folder that holds other files is left alone", async () => {
  const own = await mkdtemp(path.join(tmpdir(), "edge-vision-own-"));
  try {
    await writeFile(path.join(own, "thesis.tex"), "years of work");
    const run = promisify(execFile)("npm", ["run", "--silent", "self-host", "--", own], { cwd: ROOT });
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: `${own} holds other files. Name a folder that is new or empty.\n`,
    });
    expect(await readFile(path.join(own, "thesis.tex"), "utf8")).toBe("years of work");
  } finally {
    await rm(own, { recursive: true, force: true });
  }
});

test("it can reach public addresses only", async () => {
  expect(await readFile(path.join(folder, "config.capnp"), "utf8")).toContain('allow = ["public"]');
});
