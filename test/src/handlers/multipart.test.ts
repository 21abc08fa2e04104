import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { multipartFields } from "../../../src/handlers/multipart.ts";

const encoder = new TextEncoder();

/** The body of a form as the platform writes it. */
async function encode(form: FormData): Promise<[body: Uint8Array, contentType: string]> {
  const response = new Response(form);
  return [await response.bytes(), response.headers.get("content-type") ?? ""];
}

/** The contents of the fields called `image`. */
function images(body: Uint8Array, contentType: string): Uint8Array[] {
  const fields = [...multipartFields(body, contentType)];
  return fields.filter(({ name }) => name === "image").map(({ content }) => content);
}

function field(body: string, contentType = "multipart/form-data; boundary=x"): string | undefined {
  const [found] = images(encoder.encode(body), contentType);
  return found && new TextDecoder().decode(found);
}

test("finds what the platform writes, in its order, whatever the bytes", async () => {
  const files = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(files, fc.boolean(), async (files, first) => {
      const form = new FormData();
      if (!first) form.set("comment", "\r\n--x\r\n");
      for (const bytes of files) form.append("image", new Blob([bytes]), 'a "name".png');
      form.set("other", "after");
      const [body, contentType] = await encode(form);
      const found = images(body, contentType);
      expect(found).toEqual(files);
      for (const content of found) expect(content.buffer).toBe(body.buffer);
    }),
  );
});

test("never hangs or fails otherwise, whatever the body", () => {
  const piece = fc.constantFrom(
    "--x",
    "--",
    "\r\n",
    "\r\n\r\n",
    "x",
    'Content-Disposition: form-data; name="image"',
    "\n",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        field(pieces.join(""));
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
    }),
    { numRuns: 2000 },
  );
});

describe("reads", () => {
  test.each([
    ["a quoted boundary", 'multipart/form-data; boundary="x"'],
    ["a boundary after other parameters", "multipart/form-data; charset=utf-8; BOUNDARY=x"],
  ])("%s", (_, contentType) => {
    const body = '--x\r\nContent-Disposition: form-data; name="image"\r\n\r\nhello\r\n--x--\r\n';
    expect(field(body, contentType)).toBe("hello");
  });

  test("a preamble, padding, a name without quotes, and an empty field", () => {
    const body =
      "hi\r\n--x  \r\nContent-Type: image/png\r\ncontent-disposition: form-data; name=image\r\n\r\n\r\n--x--";
    expect(field(body)).toBe("");
  });

  test("a form without the field as nothing", () => {
    expect(
      field('--x\r\nContent-Disposition: form-data; name="images"\r\n\r\nhello\r\n--x--'),
    ).toBeUndefined();
  });

  test("a file's name that says name=", () => {
    const body =
      '--x\r\nContent-Disposition: form-data; filename="a; name=image"; name="other"\r\n\r\nno\r\n' +
      '--x\r\nContent-Disposition: form-data; name="image"; filename="name=other"\r\n\r\nyes\r\n--x--';
    expect(field(body)).toBe("yes");
  });
});

test.each([
  ["no boundary", "hello", "multipart/form-data", /Content-Type has no boundary/],
  ["another boundary", "--y\r\n", undefined, /does not occur/],
  ["headers without end", "--x\r\nContent-Disposition: form-data", undefined, /no end of its headers/],
  [
    "a body without end",
    '--x\r\nContent-Disposition: form-data; name="image"\r\n\r\nhel',
    undefined,
    /no end/,
  ],
  ["a boundary at the very end", "--x", undefined, /not followed by a line break/],
])("%s is an error", (_, body, contentType, message) => {
  expect(() => field(body, contentType)).toThrow(message);
});
