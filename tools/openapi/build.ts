/**
 * `npm run openapi`: writes the OpenAPI document from the schemas in `src/handlers`. A Worker that made it would carry all of them, and pay for them at
 * every start. A test fails where the file is out of date.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";

const folder = new URL("../../src/handlers/openapi/", import.meta.url);
// By a name that TypeScript does not follow: handlers are checked against Workers' types, tools against Node's.
const { buildDocument }: { buildDocument(): object } = await import(new URL("document.ts", folder).href);

const file = new URL("generated/document.json", folder);
const text = `${JSON.stringify(buildDocument(), null, 2)}\n`;
await mkdir(new URL(".", file), { recursive: true });
await writeFile(file, text);
console.log(`document.json: ${text.length} bytes`);
