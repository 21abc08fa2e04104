/** What is kept of queries changes none of their answers. */
import { expect, test } from "vitest";
import { ClassifyQuery } from "../../../src/handlers/classify.ts";
import { parseQuery } from "../../../src/handlers/query.ts";

const parse = (search: string) => parseQuery(`https://vision.example/v1/classify${search}`, ClassifyQuery);

test("each query has its own parameters, however many come and come again", () => {
  for (let round = 0; round < 2; round++) {
    for (let k = 1; k <= 200; k++) expect(parse(`?top_k=${k}`)).toMatchObject({ top_k: k });
    expect(parse("")).toEqual({ top_k: 5 });
    expect(parse("?deny=cat#part")).toEqual({ top_k: 5, deny: ["cat"] });
  }
});

test("what is wrong stays wrong", () => {
  for (let round = 0; round < 2; round++) {
    expect(() => parse("?top_k=0")).toThrow(/top_k/);
    expect(() => parse("?top_k=1&top_k=1")).toThrow(/more than once/);
    expect(() => parse("?colour=red")).toThrow(/no such parameter/);
  }
});

test("one request cannot change another's parameters", () => {
  const parameters = parse("?top_k=7");
  expect(() => Object.assign(parameters, { top_k: 8 })).toThrow(TypeError);
  expect(parse("?top_k=7")).toEqual({ top_k: 7 });
});
