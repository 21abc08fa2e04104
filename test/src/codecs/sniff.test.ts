import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, readHeader, sniff, toDecodable } from "../../../src/codecs/index.ts";
import { makePng } from "./png/make-png.ts";
import { makeSamples } from "./png/samples.ts";

const text = (value: string) => new TextEncoder().encode(value);
const latin1 = (value: string) => Uint8Array.from(value, (letter) => letter.charCodeAt(0));
const ftyp = (...brands: string[]) =>
  latin1(`\0\0\0${String.fromCharCode(8 + 4 * brands.length)}ftyp${brands.join("")}${"\0".repeat(20)}`);

test.each([
  ["", "empty"],
  ["<!DOCTYPE html><html>", "an HTML page"],
  ["  <html lang=en>", "an HTML page"],
  ['<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">', "an SVG drawing"],
  ["<svg>", "an SVG drawing"],
  ["<rss>", "XML or HTML"],
  ["%PDF-1.7", "a PDF document"],
  ['{"error": "not found"}', "JSON"],
  ["data:image/png;base64,iVBORw0K", "a data: URL (send the bytes themselves, or JSON with base64)"],
  ["Not found", "text"],
  ["BMW and other words that start with BM", "text"],
  ["II*\0____", "a TIFF picture"],
  ["RIFF\0\0\0\0WAVEfmt ", "a RIFF file"],
  ["\0\x01\x02\x03", "binary data of an unknown kind"],
])("%j looks like %s", (bytes, looksLike) => {
  expect(sniff(latin1(bytes))).toEqual({ looksLike });
});

test("what is not a picture is told what it looks like and what is accepted", () => {
  expect(() => readHeader(text("<!doctype html>"), DEFAULT_LIMITS)).toThrow(
    "the bytes look like an HTML page, not like an image; accepted are JPEG, PNG, WebP, GIF and BMP",
  );
  expect(() => readHeader(new Uint8Array(0), DEFAULT_LIMITS)).toThrow("the image is empty (0 bytes)");
});

describe("AVIF and HEIC", () => {
  const png = makePng(makeSamples([2, 8], 3, 3, 1));

  test.each([
    ["avif", ftyp("avif", "\0\0\0\0", "mif1")],
    ["avif", ftyp("mif1", "\0\0\0\0", "miaf", "avif")],
    ["heic", ftyp("heic", "\0\0\0\0", "mif1")],
    ["heic", ftyp("mif1", "\0\0\0\0", "heix")],
  ])("%s is recognised, and refused by name", async (format, bytes) => {
    expect(sniff(bytes)).toEqual({ format });
    const message = `${format.toUpperCase()} pictures are not decoded here; accepted are JPEG, PNG, WebP, GIF and BMP`;
    expect(() => readHeader(bytes, DEFAULT_LIMITS)).toThrow(message);
    await expect(toDecodable(bytes, DEFAULT_LIMITS)).rejects.toMatchObject({ kind: "unsupported", message });
  });

  test("films are not pictures", () => {
    expect(sniff(ftyp("isom", "\0\0\0\0", "mp42"))).toEqual({ looksLike: "a video (MP4 or QuickTime)" });
  });

  test("a converter opens them", async () => {
    const avif = ftyp("avif", "\0\0\0\0");
    const asked: string[] = [];
    const convert = async (_bytes: Uint8Array, format: string) => {
      asked.push(format);
      return png;
    };
    await expect(toDecodable(avif, DEFAULT_LIMITS, convert)).resolves.toBe(png);
    await expect(toDecodable(png, DEFAULT_LIMITS, convert)).resolves.toBe(png);
    expect(asked).toEqual(["avif"]);
  });

  test("a converter may fail, or give nothing better", async () => {
    const avif = ftyp("avif", "\0\0\0\0");
    const fails = () => Promise.reject(new Error("quota"));
    await expect(toDecodable(avif, DEFAULT_LIMITS, fails)).rejects.toMatchObject({
      kind: "broken",
      message: "the AVIF picture could not be converted",
    });
    await expect(toDecodable(avif, DEFAULT_LIMITS, async () => avif)).rejects.toMatchObject({
      kind: "unsupported",
    });
    await expect(toDecodable(avif, DEFAULT_LIMITS, async () => text("oh"))).rejects.toMatchObject({
      kind: "not_an_image",
    });
  });
});
