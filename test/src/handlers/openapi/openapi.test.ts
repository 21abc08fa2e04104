import { expect, test } from "vitest";
import { buildDocument, OPERATIONS } from "../../../../src/handlers/openapi/document.ts";
import generated from "../../../../src/handlers/openapi/generated/document.json";
import { TAGS } from "../../../../src/handlers/openapi/operation.ts";
import { testApp } from "../../support/app.ts";

const { app, request } = testApp({ models: [] });

interface Document {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<string, { operationId: string; "x-codeSamples": { source: string }[] }>
  >;
}

const document = async () => (await (await request("/openapi.json")).json()) as Document;

test("every route is documented, and nothing else", () => {
  const mounted = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  const documented = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
  expect(documented.toSorted()).toEqual([...new Set(mounted)].toSorted());
});

test("the committed document is what the schemas make", () => {
  const fresh = JSON.parse(JSON.stringify(buildDocument()));
  expect(generated, "run `npm run openapi` and commit its file").toEqual(fresh);
});

test("the document is OpenAPI 3.1, and its examples name this deployment", async () => {
  const { openapi, paths } = await document();
  expect(openapi).toBe("3.1.0");
  const samples = Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap((operation) => operation["x-codeSamples"]),
  );
  expect(samples.length).toBeGreaterThan(OPERATIONS.length);
  for (const { source } of samples) expect(source).toContain("http://localhost/");
});

test("parameters have the types that they are parsed to", async () => {
  const { paths } = await document();
  expect(paths["/v1/classify"].post).toMatchObject({
    parameters: expect.arrayContaining([
      expect.objectContaining({
        name: "top_k",
        in: "query",
        required: false,
        schema: expect.objectContaining({ type: "integer", minimum: 1, maximum: 1000, default: 5 }),
      }),
    ]),
  });
});

test("the page shows every operation, and lets nothing run", async () => {
  const response = await request("/docs");
  const page = await response.text();
  expect(response.headers.get("content-type")).toMatch(/^text\/html/);
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  const nonce = /style-src 'nonce-([0-9a-f-]+)'/.exec(policy)?.[1];
  expect(page).toContain(`<style nonce="${nonce}">`);
  expect(page).not.toMatch(/<script|undefined|\[object/);
  for (const { id } of OPERATIONS) {
    expect(page).toContain(`<section id="${id}">`);
    expect(page).toContain(`href="#${id}"`);
  }
  for (const tag of Object.keys(TAGS)) expect(page).toContain(`<h2>${tag}</h2>`);
});

test("what descriptions put between backticks is code on the page", async () => {
  const page = await (await request("/docs")).text();
  expect(page).toContain("<code>X-Request-Id</code>");
  // Schemas are shown as they are.
  expect(page.replace(/<pre.*?<\/pre>/gs, "")).not.toContain("`");
});

test("no two links of the page lead nowhere", async () => {
  const page = await (await request("/docs")).text();
  const ids = new Set(Array.from(page.matchAll(/ id="([^"]+)"/g), ([, id]) => id));
  for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
});
