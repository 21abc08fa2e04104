import { describe, expect, test } from "vitest";
import { CancelledError, createRunQueue, OverloadedError } from "../../../src/runtime/queue.ts";

const options = { depth: 3, bytes: 100, leaseMs: 10_000 };

/** A job that ends when it is told to. */
function gate() {
  let open = () => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, wait };
}

test("runs one job at a time, first come first served", async () => {
  const queue = createRunQueue(options);
  const order: string[] = [];
  const job = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all(["a", "b", "c"].map((name) => queue.enter(1).run(job(name))));
  expect(results).toEqual(["a", "b", "c"]);
  expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  expect(queue.load()).toEqual({ depth: 0, bytes: 0 });
});

test("a job that throws gives the slot to the next", async () => {
  const queue = createRunQueue(options);
  const first = queue.enter(1).run(async () => {
    throw new Error("no");
  });
  const second = queue.enter(1).run(async () => "yes");
  await expect(first).rejects.toThrow("no");
  expect(await second).toBe("yes");
  expect(queue.load()).toEqual({ depth: 0, bytes: 0 });
});

describe("bounds", () => {
  test("one more than the depth is refused", () => {
    const queue = createRunQueue(options);
    const places = [queue.enter(1), queue.enter(1), queue.enter(1)];
    expect(() => queue.enter(1)).toThrow(OverloadedError);
    places[0].leave();
    places[0].leave();
    expect(queue.load()).toEqual({ depth: 2, bytes: 2 });
    queue.enter(1);
  });

  test("bytes over the bound are refused, and given back", () => {
    const queue = createRunQueue(options);
    expect(() => queue.enter(101)).toThrow(OverloadedError);
    const place = queue.enter(60);
    place.grow(40);
    expect(() => place.grow(1)).toThrow(/100 bytes of 100/);
    place.leave();
    expect(queue.load()).toEqual({ depth: 0, bytes: 0 });
  });
});

describe("a place that stays", () => {
  test("runs several jobs, each behind those who came meanwhile", async () => {
    const queue = createRunQueue(options);
    const order: string[] = [];
    const job = (name: string) => async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      order.push(name);
    };
    const place = queue.enter(10);
    const several = (async () => {
      for (const name of ["first", "second", "third"]) await place.run(job(name), { stay: true });
    })();
    const others = ["a", "b"].map((name) => queue.enter(1).run(job(name)));
    await Promise.all([several, ...others]);
    expect(order).toEqual(["first", "a", "b", "second", "third"]);
    expect(queue.load()).toEqual({ depth: 1, bytes: 10 });
    place.shrink(4);
    expect(queue.load()).toEqual({ depth: 1, bytes: 6 });
    place.leave();
    expect(queue.load()).toEqual({ depth: 0, bytes: 0 });
  });

  test("is given back when the caller goes away between its jobs, or during one", async () => {
    const queue = createRunQueue(options);
    const between = new AbortController();
    const place = queue.enter(10, between.signal);
    await place.run(async () => undefined, { stay: true });
    between.abort();
    expect(queue.load()).toEqual({ depth: 0, bytes: 0 });
    await expect(place.run(async () => undefined)).rejects.toBeInstanceOf(CancelledError);
    expect(() => place.grow(1)).toThrow(CancelledError);

    const during = new AbortController();
    const { open, wait } = gate();
    const run = queue.enter(10, during.signal).run(() => wait, { stay: true });
    await Promise.resolve();
    during.abort();
    expect(queue.load().depth).toBe(1);
    open();
    await run;
    expect(queue.load()).toEqual({ depth: 0, bytes: 0 });
  });
});

describe("cancellation", () => {
  test("a waiting request leaves the queue, those behind it stay", async () => {
    const queue = createRunQueue(options);
    const { open, wait } = gate();
    const first = queue.enter(10).run(() => wait);
    const controller = new AbortController();
    let ran = false;
    const second = queue.enter(10, controller.signal).run(async () => {
      ran = true;
    });
    const third = queue.enter(10).run(async () => "third");
    controller.abort();
    await expect(second).rejects.toBeInstanceOf(CancelledError);
    expect(queue.load()).toEqual({ depth: 2, bytes: 20 });
    open();
    await first;
    expect(await third).toBe("third");
    expect(ran).toBe(false);
  });

  test("a request that is cancelled before it asks is not run", async () => {
    const queue = createRunQueue(options);
    const run = queue.enter(1, AbortSignal.abort()).run(async () => "ran");
    await expect(run).rejects.toBeInstanceOf(CancelledError);
    expect(queue.load().depth).toBe(0);
  });

  test("a request whose body is still arriving gives its place back", () => {
    const queue = createRunQueue(options);
    const controller = new AbortController();
    queue.enter(10, controller.signal).grow(5);
    expect(queue.load()).toEqual({ depth: 1, bytes: 15 });
    controller.abort();
    expect(queue.load()).toEqual({ depth: 0, bytes: 0 });
  });

  test("a job that runs goes on, and holds its place to its end", async () => {
    const queue = createRunQueue(options);
    const controller = new AbortController();
    const { open, wait } = gate();
    const run = queue.enter(10, controller.signal).run(() => wait);
    await Promise.resolve();
    controller.abort();
    expect(queue.load().depth).toBe(1);
    open();
    await run;
    expect(queue.load().depth).toBe(0);
  });

  test("a running job is kept alive to its end", async () => {
    const queue = createRunQueue(options);
    const kept: Promise<unknown>[] = [];
    const failing = queue.enter(1).run(
      async () => {
        throw new Error("no");
      },
      { keepAlive: (work) => void kept.push(work) },
    );
    await expect(failing).rejects.toThrow("no");
    await Promise.all(kept);
    expect(kept).toHaveLength(1);
  });
});

describe("a holder that died", () => {
  test("loses the slot when its lease runs out", async () => {
    const queue = createRunQueue({ ...options, leaseMs: 40 });
    const { open, wait } = gate();
    const dead = queue.enter(1).run(() => wait);
    expect(await queue.enter(1).run(async () => "next")).toBe("next");
    expect(queue.load().depth).toBe(0);
    // It was alive after all: its end must not let two in.
    const { open: openThird, wait: waitThird } = gate();
    const third = queue.enter(1).run(() => waitThird);
    let fourthRan = false;
    open();
    await dead;
    const fourth = queue.enter(1).run(async () => {
      fourthRan = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(fourthRan).toBe(false);
    openThird();
    await Promise.all([third, fourth]);
    expect(fourthRan).toBe(true);
  });

  test("keeps the slot while it gives signs of life", async () => {
    const queue = createRunQueue({ ...options, leaseMs: 40 });
    let ended = false;
    const slow = queue.enter(1).run(async (slot) => {
      for (let i = 0; i < 12; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        slot.touch();
      }
      ended = true;
    });
    await queue.enter(1).run(async () => expect(ended).toBe(true));
    await slow;
  });
});
