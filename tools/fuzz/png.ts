/**
 * `npx tsx tools/fuzz/png.ts --count 100000 [--seed 1]`: damaged PNG files, three of four with right checksums.
 *
 * @module
 */
import fc from "fast-check";
import { damagedPng, hostilePng } from "../../test/src/codecs/mutations.ts";
import { fuzzDecoders } from "./decode.ts";

await fuzzDecoders(fc.oneof({ arbitrary: damagedPng, weight: 1 }, { arbitrary: hostilePng, weight: 3 }));
