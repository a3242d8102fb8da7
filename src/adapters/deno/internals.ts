/**
 * What is used of the inside of Deno, since nothing public does it.
 *
 * Deno promises none of this. Each thing is looked for, and where it is not found the adapter goes on without: what is missing then stands
 * beside it.
 *
 * @module
 */

/** What Deno calls when it is to cut a connection. */
interface CutSignal {
  addEventListener(type: "abort", cut: () => void): void;
}

/** What Deno returns for a connection that it serves, as `Deno.serve` does for all of its own. */
interface Served {
  readonly finished: Promise<void>;
  shutdown(): Promise<void>;
  unref(): void;
}

/** Answers the requests of a connection. */
type Handler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

/** The part of Deno's core that is used. */
interface Core {
  tryClose(resource: number): void;
  resources(): Record<number, string>;
  createCancelHandle(): number;
  cancelTimer?(timer: unknown): void;
  hasPromise?(operation: number): boolean;
  getActiveImmediateCount?(): number;
}

/** What Deno keeps for its own modules. */
interface Internals {
  readonly core: Core;
  readonly serveHttpOnConnection?: (
    connection: Deno.Conn,
    signal: CutSignal,
    handler: Handler,
    onError: (error: unknown) => Response,
    onListen: () => void,
  ) => Served;
}

const { internal } = Deno as unknown as { readonly internal?: symbol };
const internals = internal === undefined
  ? undefined
  : (Deno as unknown as Record<symbol, Partial<Internals> | undefined>)[internal];

/** The versions of Deno whose inside is known to be as it is taken for here, the tests having been run with it. */
const KNOWN = /^2\.9\./;

/** A connection on which Deno speaks HTTP. */
export interface ServedConnection {
  /** Settles when the connection is closed, or speaks HTTP no more. */
  readonly finished: Promise<void>;
  /** Closes it once what Deno has taken is sent. It cannot be cut afterwards, and may stay open: quirk `close-awaits-upload`. */
  close(): void;
  /** Cuts it. */
  cut(): void;
  /** It has become a WebSocket. */
  leave(): void;
  /** It alone does not keep the process alive any more. */
  unref(): void;
}

/** Has Deno speak HTTP on a connection, which belongs to it from then on. */
export type ServeConnection = (
  connection: Deno.Conn,
  handler: Handler,
  onError: (error: unknown) => Response,
) => ServedConnection;

/**
 * Has Deno speak HTTP on one connection. With it the listener is the adapter's own, which knows its connections one by one (quirks
 * `own-connections`, `served-once`). Without it `Deno.serve` is what is used, and connections have no limits.
 */
export const serveConnection: ServeConnection | null = findServeConnection();

function findServeConnection(): ServeConnection | null {
  const { core, serveHttpOnConnection } = internals ?? {};
  if (core === undefined || serveHttpOnConnection?.length !== 5 || !KNOWN.test(Deno.version.deno)) return null;
  if (typeof core.createCancelHandle !== "function" || typeof core.tryClose !== "function") return null;
  let isChecked = false;
  return (connection, handler, onError) => {
    let cut: (() => void) | null = null;
    const signal = { addEventListener: (_type: string, cutter: () => void) => void (cut = cutter) };
    const served = serveHttpOnConnection(connection, signal, handler, onError, () => {});
    // Resources are numbered one after the other.
    const next = core.createCancelHandle();
    core.tryClose(next);
    const resource = next - 1;
    if (!isChecked && (core.resources()[resource] !== "http" || cut === null)) {
      throw new TypeError(`The inside of Deno ${Deno.version.deno} is not what it was taken for.`);
    }
    isChecked = true;
    return new DenoServed(served, resource, core, cut);
  };
}

class DenoServed implements ServedConnection {
  readonly finished: Promise<void>;
  readonly #served: Served;
  readonly #resource: number;
  readonly #core: Core;
  #cut: (() => void) | null;

  constructor(served: Served, resource: number, core: Core, cut: (() => void) | null) {
    this.#served = served;
    this.#resource = resource;
    this.#core = core;
    this.#cut = cut;
    // If it breaks off Deno keeps what belongs to it until it is asked to close it.
    this.finished = served.finished.catch(() => this.close());
  }

  close(): void {
    if (this.#cut === null) return;
    this.#cut = null;
    this.#served.shutdown().catch(() => {});
  }

  cut(): void {
    const cut = this.#cut;
    this.#cut = null;
    try {
      cut?.();
    } catch {
      // It has ended a moment ago, and the news is on its way.
    }
  }

  // Deno closes the WebSockets of a connection that is over, and that is over for it now. It finds none if that is closed already.
  leave(): void {
    this.#cut = null;
    this.#core.tryClose(this.#resource);
  }

  unref(): void {
    this.#served.unref();
  }
}

/** Finds one of the symbols by which Deno keeps things on its objects. */
function find(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}

/** Cuts the connection of a WebSocket. Without it one that is closing ends with the client's answer, or when that leaves. */
export function cutWebSocket(socket: WebSocket): void {
  const key = find(socket, "[[rid]]");
  const resource = key === undefined ? undefined : (socket as unknown as Record<symbol, unknown>)[key];
  if (typeof resource === "number") internals?.core?.tryClose?.(resource);
}

/**
 * Ends the timer by which Deno pings the client of a WebSocket, which keeps the process alive: quirk `pings-outlive`. Without this it does
 * so for as long as the time between two pings.
 */
export function endPings(socket: WebSocket): void {
  const [duration, timer] = [find(socket, "[[idleTimeout]]"), find(socket, "[[idleTimeoutTimeout]]")];
  if (duration === undefined || timer === undefined) return;
  const slots = socket as unknown as Record<symbol, unknown>;
  // A ping may be on its way, after which the next timer is made: it is due at once then.
  slots[duration] = 0;
  if (slots[timer]) internals?.core?.cancelTimer?.(slots[timer]);
}

/** Operations are numbered one after the other, and of a program that has had more of them the later ones are not looked for. */
const MOST_OPERATIONS = 2_000_000;

/** What always is a resource of a process. */
const STANDARD = new Set(["stdin", "stdout", "stderr"]);

/**
 * How many operations are outstanding, with immediates, and with whatever else is open if that is more. Null if that is not known: without it
 * nothing is known to be left.
 */
export function operations(): number | null {
  const { core } = internals ?? {};
  if (core?.hasPromise === undefined || core.getActiveImmediateCount === undefined || !KNOWN.test(Deno.version.deno)) {
    return null;
  }
  let all = core.getActiveImmediateCount();
  for (let operation = 0; operation < MOST_OPERATIONS; operation++) if (core.hasPromise(operation)) all++;
  return Math.max(all, Object.values(core.resources()).filter((name) => !STANDARD.has(name)).length);
}

/** To how many signals somebody listens. Null if that is not known: a loop is not ended for a deadlock then. */
export function signalsHeard(): number | null {
  const resources = internals?.core?.resources?.();
  return resources === undefined ? null : Object.values(resources).filter((name) => name === "signal").length;
}
