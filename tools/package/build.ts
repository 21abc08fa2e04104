/**
 * Builds what `npm pack` puts into the package: `dist` with the modules, their types, the models that need no download, and the seeding command.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { prepareModels } from "../models/install.ts";
import { type ModelFolders, modelFolders, ROOT } from "../models/paths.ts";
import { manifestFile, modelFiles, readRecords } from "../models/store.ts";

const DIST = path.join(ROOT, "dist");
const source = (name: string) => path.join(ROOT, "src", name);

/** Our own `.wasm` files lie beside the modules; those of packages stay imports of them, which wrangler resolves. */
const wasm: Plugin = {
  name: "wasm",
  setup(builder) {
    builder.onResolve({ filter: /\.wasm$/ }, async ({ path: imported, resolveDir }) => {
      if (!imported.startsWith(".")) return { path: imported, external: true };
      const name = path.basename(imported);
      await mkdir(DIST, { recursive: true });
      await cp(path.resolve(resolveDir, imported), path.join(DIST, name));
      return { path: `./${name}`, external: true };
    });
  },
};

/** The modules, with what they share in chunks of their own. */
async function buildModules(): Promise<void> {
  await build({
    entryPoints: {
      index: source("lib.ts"),
      onnxruntime: source("lib.onnxruntime.ts"),
      parts: source("lib.parts.ts"),
      client: source("client.ts"),
    },
    outdir: DIST,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd"],
    packages: "external",
    external: ["cloudflare:*"],
    plugins: [wasm],
  });
}

/** The types, by TypeScript. */
async function buildTypes(): Promise<void> {
  const tsc = path.join(ROOT, "node_modules/.bin/tsc");
  await promisify(execFile)(tsc, ["-p", path.join(ROOT, "tools/package/tsconfig.json")], { cwd: ROOT });
}

/** The models of a fresh checkout: what else is installed here is not the package's. */
async function buildModels(): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), "edge-vision-package-"));
  try {
    const folders: ModelFolders = {
      ...modelFolders(),
      build: path.join(home, "build"),
      cache: path.join(home, "cache"),
    };
    await prepareModels(folders);
    const models = path.join(DIST, "models");
    await cp(manifestFile(folders), path.join(models, "manifest.json"));
    for (const record of (await readRecords(folders)).values()) {
      for (const { key, file } of modelFiles(folders, record)) await cp(file, path.join(models, key));
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** `npx edge-vision-seed`. */
async function buildCommand(): Promise<void> {
  await build({
    entryPoints: [path.join(ROOT, "tools/package/seed.ts")],
    outfile: path.join(DIST, "seed.js"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    banner: { js: "#!/usr/bin/env node" },
  });
}

await rm(DIST, { recursive: true, force: true });
await Promise.all([buildModules(), buildTypes(), buildModels(), buildCommand()]);
