/**
 * workerd's configuration (https://github.com/cloudflare/workerd, src/workerd/server/workerd.capnp).
 *
 * @module
 */

/** What goes into it. */
export interface SelfHostedWorker {
  /** Names of the `.wasm` modules. */
  readonly wasm: readonly string[];
  /** Names of the variables, read from the process's environment. */
  readonly variables: readonly string[];
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
}

/** The configuration's text. The script is `worker.js`, the models are in `models`, both beside it. */
export function toCapnp({
  wasm,
  variables,
  compatibilityDate,
  compatibilityFlags,
}: SelfHostedWorker): string {
  const modules = wasm.map((name) => `    (name = "./${name}", wasm = embed "${name}"),`);
  const bindings = variables.map((name) => `    (name = "${name}", fromEnvironment = "${name}"),`);
  const flags = compatibilityFlags.map((flag) => `"${flag}"`).join(", ");
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "models", disk = (path = "models")),
    # All that the Worker can fetch: public addresses, never this machine or its network.
    (name = "internet", network = (allow = ["public"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "*:8080", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
${modules.join("\n")}
  ],
  bindings = [
    (name = "DISK", service = "models"),
${bindings.join("\n")}
  ],
  globalOutbound = "internet",
  compatibilityDate = "${compatibilityDate}",
  compatibilityFlags = [${flags}],
);
`;
}
