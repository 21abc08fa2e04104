/**
 * Tells calls of other Workers of the account (service bindings) from those of the world: the doors are not for them.
 *
 * @module
 */

/** A symbol: no variable and no request can set it. */
const TRUSTED = Symbol("trusted caller");

/** The environment for a call that came through a service binding. */
export function trustedEnv<Env extends object>(env: Env): Env {
  return { ...env, [TRUSTED]: true };
}

/** Whether a call came through a service binding. */
export function isTrusted(env: object): boolean {
  return TRUSTED in env;
}
