/** Writes the small files and their inputs into a folder, for make-expected.py: `npx tsx test/tools/tflite/write-graphs.ts <folder>`. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { writeTflite } from "../../../tools/tflite/write.ts";
import { GRAPHS, inputOf } from "./graphs.ts";

const [folder = "."] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
for (const [name, file] of Object.entries(GRAPHS)) {
  await writeFile(path.join(folder, `${name}.tflite`), writeTflite(file));
  await writeFile(path.join(folder, `${name}.input`), inputOf(file).data);
}
