/**
 * Serves the comparison's page, isolated from other origins: Chromium's clock has 5 microseconds there, elsewhere 100.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { build } from "esbuild";
import { ROOT } from "../../tools/models/paths.ts";

/** What is at an address: bytes, or a file of a folder. */
export type Served = ReadonlyMap<string, Uint8Array>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** Folders of which every file is served, by the address that they are at. */
const FOLDERS: Readonly<Record<string, string>> = {
  "/litert": path.join(ROOT, "node_modules/@litertjs/core/wasm"),
  "/kernels": path.join(ROOT, "src/kernels/build"),
};

/** The page and its script. */
async function pageFiles(): Promise<[string, Uint8Array][]> {
  const { outputFiles } = await build({
    entryPoints: [path.join(ROOT, "bench/peers/page.ts")],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["browser"],
    write: false,
  });
  const page = '<!doctype html><title>peers</title><script type="module" src="/page.js"></script>';
  return [
    ["/index.html", new TextEncoder().encode(page)],
    ["/page.js", outputFiles[0]?.contents ?? new Uint8Array()],
  ];
}

/** Starts the server on a free port of the loopback address. */
export async function serve(models: Served): Promise<{ origin: string; stop(): Promise<void> }> {
  const served: Served = new Map([...(await pageFiles()), ...models]);
  const server = createServer(async ({ url = "/" }, response) => {
    const content = served.get(url) ?? (await fileOf(url));
    response.writeHead(content ? 200 : 404, {
      "Content-Type": TYPES[path.extname(url)] ?? "application/octet-stream",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function fileOf(url: string): Promise<Uint8Array | undefined> {
  const folder = FOLDERS[path.posix.dirname(url)];
  return folder === undefined ? undefined : readFile(path.join(folder, path.posix.basename(url)));
}
