/**
 * `npx tsx tools/fuzz/images.ts --count 100000 [--seed 1]`: damaged WebP, GIF and BMP files.
 *
 * @module
 */
import { damagedOther } from "../../test/src/codecs/mutations.ts";
import { fuzzDecoders } from "./decode.ts";

await fuzzDecoders(damagedOther);
