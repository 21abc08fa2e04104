/**
 * The reference page: the OpenAPI document as HTML, without a script.
 *
 * @module
 */
import { html, raw } from "hono/html";
import { STYLE } from "./page-style.ts";

/** The parts of the document that the page shows; the generator's own types allow far more. */
export interface Reference {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ReferenceOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}

interface ReferenceOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly ReferenceParameter[];
  readonly requestBody?: { readonly content: ReferenceContent };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: ReferenceContent }>
  >;
  readonly "x-codeSamples": readonly { readonly label: string; readonly source: string }[];
}

interface ReferenceParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: {
    readonly type?: string;
    readonly enum?: readonly unknown[];
    readonly default?: unknown;
    readonly minimum?: number;
    readonly maximum?: number;
  };
}

type ReferenceContent = Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;

type Html = ReturnType<typeof html>;

/**
 * Renders the page.
 *
 * @param nonce what the Content-Security-Policy lets the page's style by
 */
export function renderPage(document: Reference, nonce: string): Html {
  const { info, tags = [], components = {} } = document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const of = (tag: string) => operations.filter(({ operation }) => operation.tags.includes(tag));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${info.title} ${info.version}: reference</title>
        <style nonce="${nonce}">
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${info.title} <small>${info.version}</small></h1>
          <p>${prose(info.description)}</p>
          <p><a href="/openapi.json">openapi.json</a> (OpenAPI 3.1) · <a href="/">playground</a></p>
        </header>
        <nav aria-label="Operations">
          ${tags.map(
            ({ name }) =>
              html`<h2>${name}</h2>
                <ul>
                  ${of(name).map(({ operation, method, path }) => html`<li><a href="#${operation.operationId}"><b>${method}</b> ${path}</a></li>`)}
                </ul>`,
          )}
        </nav>
        <main>
          ${tags.map(
            ({ name, description }) =>
              html`<h2>${name}</h2>
                <p>${prose(description)}</p>
                ${of(name).map(({ path, method, operation }) => section(path, method, operation))}`,
          )}
          <h2>Schemas</h2>
          ${Object.entries(components.schemas ?? {}).map(
            ([name, schema]) =>
              html`<details id="schema-${name}">
                <summary>${name}</summary>
                <pre tabindex="0">${JSON.stringify(schema, null, 2)}</pre>
              </details>`,
          )}
        </main>
      </body>
    </html>`;
}

function section(path: string, method: string, operation: ReferenceOperation): Html {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  return html`<section id="${operationId}">
    <h3><b>${method}</b> ${path}</h3>
    <p>${summary}. ${prose(description)}</p>
    ${
      parameters.length > 0 &&
      html`<table>
      <thead>
        <tr>
          <th scope="col">Parameter</th>
          <th scope="col">Accepts</th>
          <th scope="col">Default</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        ${parameters.map(
          (parameter) =>
            html`<tr>
            <td><code>${parameter.name}</code>${parameter.in === "path" && " (address)"}</td>
            <td>${accepts(parameter.schema)}</td>
            <td>${String(parameter.schema.default ?? "")}</td>
            <td>${prose(parameter.description)}</td>
          </tr>`,
        )}
      </tbody>
    </table>`
    }
    ${requestBody && html`<p>Body: ${contentOf(requestBody.content)}</p>`}
    ${Object.entries(responses).map(
      ([status, { description: meaning, content }]) =>
        html`<p><b>${status}</b> ${prose(meaning)} ${content && contentOf(content)}</p>`,
    )}
    ${operation["x-codeSamples"].map(
      ({ label, source }) =>
        html`<h4>${label}</h4>
          <pre tabindex="0">${source}</pre>`,
    )}
  </section>`;
}

/** Descriptions are CommonMark, of which they use one thing: what stands between backticks is code. */
function prose(text = ""): Html[] {
  return text.split("`").map((part, at) => (at % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
}

function accepts({ type, enum: words, minimum, maximum }: ReferenceParameter["schema"]): string {
  if (words !== undefined) return words.join(", ");
  return minimum === undefined ? (type ?? "") : `${type}, ${minimum} to ${maximum}`;
}

function contentOf(content: ReferenceContent): Html[] {
  return Object.entries(content).map(([type, { schema }], at) => {
    const name = schema.$ref?.split("/").at(-1);
    return html`${at > 0 && ", "}<code>${type}</code>${name && html` <a href="#schema-${name}">${name}</a>`}`;
  });
}
