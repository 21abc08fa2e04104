/** Files that decoders stumble over, from PyTorch's and TensorFlow's own test data. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CodecError, DEFAULT_LIMITS, decode, decodeInto } from "../../../src/codecs/index.ts";

const FOLDER = new URL("../../../../shared/photos/decoder_edge_cases/", import.meta.url);
const present = existsSync(FOLDER);

/** MD5 of the RGB that Pillow 13 gives, transparency over white. */
const LOGOS: Readonly<Record<string, string>> = {
  "cmyk_pytorch.jpg": "43a567baf57229a2634eddd0c7d0bd2e",
  "gray_pytorch.jpg": "b5a95b51210583523e0612e0edd79532",
  "gray_pytorch.png": "70a04cb668559169f48295dda1b0871c",
  "grayalpha_pytorch.png": "b878271d4bcac67d4033b9080aeca7b6",
  "palette_pytorch.png": "d084475aec0d46b5cd22556ae6351f62",
  "rgb_pytorch.jpg": "9fff2fdfd5c6059f69d6000212f52e74",
  "rgb_pytorch.png": "9eefefdcd98fd65fab34789c085a5326",
  "rgbalpha_pytorch.png": "aa779528f5b7d224a31a2c4e8d4deabc",
};

describe.skipIf(!present)(`decoder edge cases${present ? "" : " (needs ../shared)"}`, () => {
  test.each(Object.entries(LOGOS))("%s, as Pillow decodes it", async (file, md5) => {
    const { pixels } = await decode(readFileSync(new URL(`logos/${file}`, FOLDER)), DEFAULT_LIMITS);
    expect(createHash("md5").update(pixels).digest("hex")).toBe(md5);
  });

  const damaged = present
    ? readdirSync(new URL("damaged_jpeg/", FOLDER)).filter((name) => name.endsWith(".jpg"))
    : [];

  test.each(damaged)("%s is bridged with a warning, and refused when strict", async (file) => {
    const bytes = readFileSync(new URL(`damaged_jpeg/${file}`, FOLDER));
    const sink = { begin() {}, row() {}, end() {} };
    const { warnings } = await decodeInto(bytes, { limits: DEFAULT_LIMITS }, sink);
    expect(warnings.length).toBeGreaterThan(0);
    await expect(decodeInto(bytes, { limits: DEFAULT_LIMITS, strict: true }, sink)).rejects.toBeInstanceOf(
      CodecError,
    );
  });
});
