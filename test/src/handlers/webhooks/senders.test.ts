/**
 * Each sender's signature, made here as its own documentation or library makes it, and accepted, refused when it is changed, or stale.
 */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { app, faultyEnv, SECRETS } from "../../support/worker.ts";

const encoder = new TextEncoder();
const IMAGE = "https://images.edge-vision.dev/red.png";
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

async function hmac(secret: string, text: string): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
}

async function sha(algorithm: string, text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(text))));
}

/** Makes a sender's headers for a body at a time. */
type Sign = (body: string, at: number) => Promise<Record<string, string>>;

interface Sender {
  readonly payload: object;
  readonly sign: Sign;
  /** Whether its signature has a timestamp. */
  readonly timed: boolean;
}

const contentfulHeaders = "x-contentful-signed-headers,x-contentful-timestamp";
const SENDERS: Readonly<Record<string, Sender>> = {
  github: {
    payload: { release: { image: IMAGE } },
    timed: false,
    sign: async (body) => ({ "X-Hub-Signature-256": `sha256=${hex(await hmac(SECRETS.github, body))}` }),
  },
  shopify: {
    payload: { id: 7, image: { src: IMAGE } },
    timed: false,
    sign: async (body) => ({ "X-Shopify-Hmac-Sha256": base64(await hmac(SECRETS.github, body)) }),
  },
  cloudinary: {
    payload: { public_id: "a", secure_url: IMAGE },
    timed: true,
    sign: async (body, at) => {
      const timestamp = String(Math.floor(at / 1000));
      return {
        "X-Cld-Timestamp": timestamp,
        "X-Cld-Signature": await sha("SHA-1", body + timestamp + SECRETS.github),
      };
    },
  },
  sanity: {
    payload: { _id: "image-1", url: IMAGE },
    timed: true,
    sign: async (body, at) => {
      const signature = base64(await hmac(SECRETS.github, `${at}.${body}`));
      const url = signature.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
      return { "sanity-webhook-signature": `t=${at},v1=${url}` };
    },
  },
  contentful: {
    payload: { sys: { id: "x" }, fields: { file: { "en-US": { url: IMAGE.replace("https:", "") } } } },
    timed: true,
    sign: async (body, at) => {
      const headers = `x-contentful-signed-headers:${contentfulHeaders};x-contentful-timestamp:${at}`;
      const canonical = ["POST", "/v1/webhooks/contentful", headers, body].join("\n");
      return {
        "x-contentful-signed-headers": contentfulHeaders,
        "x-contentful-timestamp": String(at),
        "x-contentful-signature": hex(await hmac(SECRETS.contentful, canonical)),
      };
    },
  },
  strapi: {
    payload: { media: { id: 3, url: IMAGE } },
    timed: false,
    sign: async () => ({ Authorization: `Bearer ${SECRETS.strapi}` }),
  },
  plain: {
    payload: { image: IMAGE },
    timed: false,
    sign: async (body) => ({ "X-Plain-Signature": hex(await hmac(SECRETS.github, body)) }),
  },
};

/** Sends to a source, jobs going nowhere. */
async function post(source: string, body: string, headers: Record<string, string>) {
  const sent: unknown[] = [];
  const TAGS = { send: async (message: unknown) => void sent.push(message) };
  const response = await app.request(
    `/v1/webhooks/${source}`,
    { method: "POST", headers, body },
    { ...faultyEnv(), TAGS },
  );
  return { response, sent };
}

/** The text with another character in the middle of its last word. */
function changed(text: string): string {
  const at = text.length - 8;
  return text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
}

describe.each(Object.entries(SENDERS))("%s", (source, { payload, sign, timed }) => {
  const body = JSON.stringify({ ...payload, nonce: source });

  test("is taken", async () => {
    const { response, sent } = await post(source, body, await sign(body, Date.now()));
    expect(response.status).toBe(202);
    expect(sent).toEqual([expect.objectContaining({ source, image: { url: IMAGE } })]);
  });

  test("is refused without a signature, with another's, and with another body", async () => {
    const headers = await sign(body, Date.now());
    const wrong = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, changed(value)]));
    expect((await post(source, body, {})).response.status).toBe(401);
    expect((await post(source, body, wrong)).response.status).toBe(401);
    if (source !== "strapi") {
      expect((await post(source, `${body} `, headers)).response.status).toBe(401);
    }
  });

  test.each(timed ? [-6, 6] : [])("is refused when it is %i minutes off", async (minutes) => {
    const headers = await sign(body, Date.now() + minutes * 60_000);
    expect((await post(source, body, headers)).response.status).toBe(401);
  });
});

test("cloudinary may sign by SHA-256", async () => {
  const body = JSON.stringify({ secure_url: IMAGE });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = await sha("SHA-256", body + timestamp + SECRETS.github);
  const headers = { "X-Cld-Timestamp": timestamp, "X-Cld-Signature": signature };
  expect((await post("cloudinary", body, headers)).response.status).toBe(202);
});

test("contentful's timestamp must be among what is signed", async () => {
  const body = JSON.stringify(SENDERS.contentful.payload);
  const canonical = [
    "POST",
    "/v1/webhooks/contentful",
    "x-contentful-signed-headers:x-contentful-signed-headers",
    body,
  ];
  const headers = {
    "x-contentful-signed-headers": "x-contentful-signed-headers",
    "x-contentful-timestamp": String(Date.now()),
    "x-contentful-signature": hex(await hmac(SECRETS.contentful, canonical.join("\n"))),
  };
  expect((await post("contentful", body, headers)).response.status).toBe(401);
});

test.each(["uploads", "nobody", "__proto__"])("there is no webhook source '%s'", async (source) => {
  const { response } = await post(source, "{}", {});
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ type: expect.stringMatching(/unknown-source$/) });
});

test("a payload over a megabyte is refused before it is read", async () => {
  const { response } = await post("plain", "x".repeat(2 ** 20 + 1), {});
  expect(response.status).toBe(413);
});

test("the tests' queue is a real one", () => expect(env.TAGS).toBeDefined());
