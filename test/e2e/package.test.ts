/**
 * The package as a user gets it: packed, installed into a copy of `examples/starter` outside the repository, checked, built, and run.
 */
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../tools/models/paths.ts";
import { freePort } from "./support/free-port.ts";

const run = promisify(execFile);
const WRANGLER = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const environment = { ...process.env, WRANGLER_SEND_METRICS: "false" };

let home: string;
let project: string;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "edge-vision-package-test-"));
  project = path.join(home, "project");
  await cp(path.join(ROOT, "examples/starter"), project, { recursive: true });
  await run("npm", ["pack", "--pack-destination", home], { cwd: ROOT, maxBuffer: 2 ** 26 });
  const tarball = (await readdir(home)).find((name) => name.endsWith(".tgz")) ?? "";
  // The tools that the starter names are the repository's own, so that only the package and its dependencies are installed.
  const flags = [
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--omit=dev",
    "--ignore-scripts",
    "--no-save",
  ];
  await run("npm", ["install", ...flags, path.join(home, tarball)], { cwd: project });
  await symlink(path.join(ROOT, "node_modules/wrangler"), path.join(project, "node_modules/wrangler"));
  await symlink(path.join(ROOT, "node_modules/@cloudflare"), path.join(project, "node_modules/@cloudflare"));
}, 300_000);
afterAll(async () => {
  if (home) await rm(home, { recursive: true, force: true });
});

/** Each line after a directive is a mistake that the package's types must find. */
const MISTAKES = `
import { createApp, type VisionService } from "edge-vision";
import { createClient } from "edge-vision/client";
import { onnxRuntime } from "edge-vision/onnxruntime";
import { decode } from "edge-vision/parts";
declare const service: VisionService;
const client = createClient("https://vision.invalid");
// @ts-expect-error: no configuration
createApp({ manifest: { version: 1, models: {}, known: {} }, engines: [onnxRuntime] });
// @ts-expect-error: a number
service.classify(new Uint8Array(), { top_k: "3" });
// @ts-expect-error: no such member
(await service.detect(new Uint8Array())).detections;
// @ts-expect-error: no image
client.v1.tag.$post({});
// @ts-expect-error: text is no picture
decode("text", { maxBytes: 1, maxPixels: 1, maxSide: 1, maxDecodeBytes: 1 });
`;

test("its types fit the starter, and find mistakes", async () => {
  await writeFile(path.join(project, "src/mistakes.ts"), MISTAKES);
  const tsc = path.join(ROOT, "node_modules/.bin/tsc");
  const printed = await run(tsc, ["-p", project]).then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout,
  );
  expect(printed).toBe("");
  await rm(path.join(project, "src/mistakes.ts"));
});

test("it holds what it needs, nothing of Node in its modules, and no source", async () => {
  const folder = path.join(project, "node_modules/edge-vision");
  expect((await readdir(folder)).toSorted()).toEqual([
    "LICENSE",
    "README.md",
    "THIRD_PARTY.md",
    "dist",
    "package.json",
  ]);
  for (const name of await readdir(path.join(folder, "dist"))) {
    if (!name.endsWith(".js") || name === "seed.js") continue;
    expect(await readFile(path.join(folder, "dist", name), "utf8"), name).not.toMatch(
      /["']node:|\brequire\(/,
    );
  }
});

test("wrangler deploy --dry-run builds", async () => {
  const out = path.join(home, "out");
  await run(process.execPath, [WRANGLER, "deploy", "--dry-run", "--outdir", out], {
    cwd: project,
    env: environment,
  });
  const files = await readdir(out);
  expect(files.some((name) => name.endsWith("index.js"))).toBe(true);
  // Without onnxruntime-web, which nothing here imports.
  expect(files.filter((name) => name.endsWith(".wasm")).join()).not.toMatch(/ort-wasm/);
});

test("wrangler dev answers a photo, and another Worker gets the same through the binding", async () => {
  const state = path.join(home, "state");
  await run(
    process.execPath,
    [
      path.join(project, "node_modules/edge-vision/dist/seed.js"),
      "edge-vision-models",
      "--local",
      "--persist-to",
      state,
    ],
    { cwd: project, env: environment },
  );
  const photo = new Uint8Array(await readFile(path.join(ROOT, "public/samples/astronaut.jpg")));
  const own = await dev(["-c", "wrangler.toml"], state, async (origin) => {
    const response = await fetch(`${origin}/v1/detect?threshold=0.4`, { method: "POST", body: photo });
    expect(response.status).toBe(200);
    expect(await (await fetch(`${origin}/hello`)).text()).toBe("Hello");
    return (await response.json()) as { predictions: { label: string }[] };
  });
  expect(own.predictions[0]?.label).toBe("person");
  const called = await dev(["-c", "caller/wrangler.toml", "-c", "wrangler.toml"], state, async (origin) => {
    const response = await fetch(origin, { method: "POST", body: photo });
    return response.json();
  });
  expect(called).toEqual({ found: own.predictions[0]?.label });
});

/** Runs `wrangler dev` while something is done with it. */
async function dev<T>(args: string[], state: string, work: (origin: string) => Promise<T>): Promise<T> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [WRANGLER, "dev", ...args, "--port", String(port), "--inspector-port", "0", "--persist-to", state],
    { cwd: project, env: environment, stdio: ["ignore", "pipe", "pipe"] },
  );
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    printed += chunk;
  });
  const closed = new Promise((resolve) => child.on("close", resolve));
  try {
    while (!printed.includes("Ready on")) {
      if (child.exitCode !== null) throw new Error(`wrangler dev ended:\n${printed}`);
      await sleep(100);
    }
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    child.kill("SIGTERM");
    await closed;
  }
}
