/**
 * `npm start`: prepares the models that need no download, puts them into the local R2, and serves the Worker with `wrangler dev`.
 * `PORT` chooses the port, 8787 by default.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Manifest } from "../src/runtime/manifest.ts";
import { prepareModels } from "./models/install.ts";
import { modelFolders, ROOT } from "./models/paths.ts";
import { seedLocal } from "./models/r2.ts";
import { formatTable } from "./terminal.ts";
import { runCommandLine, UserError } from "./user-error.ts";

/** wrangler's own default port. */
const DEFAULT_PORT = 8787;
const READY_POLL_MS = 250;

function readPort(): number {
  const value = process.env.PORT ?? String(DEFAULT_PORT);
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UserError(`PORT is "${value}"; a port is a whole number from 1 to 65535.`);
  }
  return port;
}

/** What is served, and how to ask. */
function welcome(manifest: Manifest, origin: string): string {
  const rows = Object.values(manifest.models).map(({ card, variants, verification }) => [
    card.name,
    card.task,
    Object.keys(variants).join(", "),
    verification,
  ]);
  const missing = Object.entries(manifest.known).filter(([name]) => name === "mobilenet_v3_large");
  return [
    "",
    `edge-vision serves ${rows.length} models at ${origin}`,
    "",
    formatTable(["MODEL", "TASK", "VARIANTS", "WEIGHTS"], rows),
    "",
    "Try it:",
    `  ${origin} in a browser: the playground`,
    `  curl --data-binary @public/samples/chelsea.png "${origin}/v1/classify"`,
    `  curl --data-binary @public/samples/astronaut.jpg "${origin}/v1/detect"`,
    `  curl --data-binary @public/samples/astronaut.jpg "${origin}/v1/segment?draw=1" --output segmented.png`,
    "",
    ...(missing.length > 0
      ? ["torchvision's own weights (ImageNet, COCO; about 250 MB):", "  npm run models -- install --all", ""]
      : []),
  ].join("\n");
}

/** Whether something answers there already: its `/healthz` would be taken for ours. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "localhost");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function untilReady(origin: string, alive: () => boolean): Promise<boolean> {
  while (alive()) {
    try {
      const response = await fetch(`${origin}/healthz`);
      await response.body?.cancel();
      if (response.ok) return true;
    } catch {
      // Not listening yet.
    }
    await sleep(READY_POLL_MS);
  }
  return false;
}

async function main(): Promise<void> {
  const port = readPort();
  if (await isTaken(port)) {
    throw new UserError(`Port ${port} is in use. Choose another: PORT=<number> npm start`);
  }
  const folders = modelFolders();
  const manifest = await prepareModels(folders);
  await seedLocal(folders);
  const origin = `http://localhost:${port}`;
  const wrangler = spawn(
    process.execPath,
    [
      path.join(ROOT, "node_modules/wrangler/bin/wrangler.js"),
      "dev",
      "--port",
      String(port),
      "--persist-to",
      folders.state,
      "--inspector-port",
      "0",
      "--show-interactive-dev-session=false",
      // Here memory costs nothing: both engines may be compared (`?engine=onnxruntime`).
      "--var",
      "ALLOW_ENGINE_CHOICE:true",
      // And clocks run.
      "--var",
      "TIMINGS:true",
    ],
    {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
    },
  );
  let exitCode: number | null | undefined;
  const closed = new Promise<void>((resolve) => {
    wrangler.on("close", (code) => {
      exitCode = code;
      resolve();
    });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => wrangler.kill(signal));
  if (await untilReady(origin, () => exitCode === undefined)) {
    process.stdout.write(`${welcome(manifest, origin)}\n`);
  }
  await closed;
  process.exitCode = exitCode ?? 0;
}

await runCommandLine(main);
