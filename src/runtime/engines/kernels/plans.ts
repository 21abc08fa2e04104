/**
 * The plans of a program, by the dims of its inputs.
 *
 * @module
 */
import type { Bound } from "./bind/index.ts";
import { type Program, planFor } from "./compile.ts";
import type { Plan, PlanOptions } from "./plan/build.ts";

/** Plans kept: pictures come in a few shapes. */
const MAX_PLANS = 8;

/** A plan with its calls bound to memory. */
export interface BoundPlan {
  readonly plan: Plan;
  /** Where the arena lay when it was bound; -1 before. */
  arena: number;
  calls: readonly Bound[];
}

/** See {@link createPlans}. */
export interface Plans {
  /** The plan for these dims, made when it is first asked for. @throws {EngineError} `unsupported_graph` when shapes do not fit. */
  get(sizes: ReadonlyMap<string, readonly number[]>): BoundPlan;
  /** Lets go of what is bound to an arena that is gone: thousands of small objects, which would be held until each plan runs again. */
  unbind(): void;
  clear(): void;
}

/** Keeps the plans that were used last. */
export function createPlans(program: Program, options: Partial<PlanOptions> | undefined): Plans {
  /** The most recently used last. */
  const plans = new Map<string, BoundPlan>();
  return {
    get(sizes) {
      const key = [...sizes.values()].map((dims) => dims.join("x")).join(";");
      const bound = plans.get(key) ?? { plan: planFor(program, sizes, options), arena: -1, calls: [] };
      plans.delete(key);
      plans.set(key, bound);
      const [oldest] = plans.keys();
      if (plans.size > MAX_PLANS && oldest !== undefined) plans.delete(oldest);
      return bound;
    },
    unbind() {
      for (const bound of plans.values()) {
        bound.arena = -1;
        bound.calls = [];
      }
    },
    clear: () => plans.clear(),
  };
}
