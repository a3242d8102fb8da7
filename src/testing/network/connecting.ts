/**
 * Connecting on a simulated network.
 *
 * @module
 */
import type { SocketAddress } from "../../adapters/net.ts";
import { formatSocketAddress, socketError } from "../../adapters/shared/socket_errors.ts";
import type { Scheduled } from "./event_queue.ts";
import type { SimulatedListener } from "./listener.ts";
import type { Machine } from "./machine.ts";
import { SimulatedStream } from "./stream.ts";

/** Milliseconds until a host asks again that was not answered; each further time takes twice as long. */
const ASK_AGAIN = 1_000;

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EMFILE: "too many open files",
  ENOENT: "no such file or directory",
  ETIMEDOUT: "connection timed out",
};

/** An error of a simulated system. */
export function systemError(what: string, code: string): Error {
  return socketError(what, code, Object.assign(new Error(`${WORDS[code] ?? code} (simulated)`), { code }));
}

/** One attempt to connect. */
export class ConnectCall {
  readonly promise: Promise<SimulatedStream>;
  readonly #machine: Machine;
  readonly #target: Machine;
  readonly #local: SocketAddress;
  readonly #remote: SocketAddress;
  readonly #find: () => SimulatedListener | null;
  readonly #signal: AbortSignal;
  readonly #resolve: (stream: SimulatedStream) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #incarnation: number;
  #isOver = false;
  #wait = ASK_AGAIN;
  #deadline: Scheduled;
  #again: Scheduled | null = null;

  /** @param find looks who listens, when the question has come there */
  constructor(
    machine: Machine,
    target: Machine,
    local: SocketAddress,
    remote: SocketAddress,
    find: () => SimulatedListener | null,
    signal: AbortSignal,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<SimulatedStream>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#machine = machine;
    this.#target = target;
    this.#local = local;
    this.#remote = remote;
    this.#find = find;
    this.#signal = signal;
    this.#incarnation = machine.incarnation;
    const { queue, connectTimeout } = machine.world;
    machine.took(this);
    this.#deadline = queue.after(connectTimeout, () => this.#fail("ETIMEDOUT"));
    signal.addEventListener("abort", this.#abort, { once: true });
    this.#ask();
  }

  get #name(): string {
    const [local, remote] = [this.#local, this.#remote];
    if (local.family === "unix" || remote.family === "unix") return formatSocketAddress(this.#remote);
    return `:${local.port} to :${remote.port}`;
  }

  /** Its host is gone. */
  vanish(): void {
    this.#end();
  }

  readonly #abort = (): void => {
    this.#end();
    this.#reject(this.#signal.reason);
  };

  #end(): void {
    this.#isOver = true;
    this.#deadline.run = null;
    if (this.#again !== null) this.#again.run = null;
    this.#signal.removeEventListener("abort", this.#abort);
    this.#machine.closed(this);
  }

  #fail(code: string): void {
    if (this.#isOver) return;
    this.#machine.world.note("refuse", this.#target, this.#machine, `${this.#name}, ${code}`);
    this.#end();
    this.#reject(systemError(`Cannot connect to ${formatSocketAddress(this.#remote)}`, code));
  }

  #ask(): void {
    const { world } = this.#machine;
    const [from, to] = [this.#machine, this.#target];
    world.note("connect", from, to, this.#name);
    const { latency, loss } = world.link(from, to);
    this.#again = world.queue.after(this.#wait, () => this.#ask());
    this.#wait *= 2;
    if (world.chance.happens(loss)) return world.note("lose", from, to, this.#name);
    world.queue.after(world.chance.span(latency), () => this.#asked());
  }

  /** The question has come to the other host. */
  #asked(): void {
    const { world } = this.#machine;
    const [from, to] = [this.#machine, this.#target];
    if (this.#isOver || !world.reaches(from, to)) return;
    const listener = this.#find();
    // It is dropped where too many wait.
    if (listener !== null && !listener.hasRoom) return;
    const { latency, loss } = world.link(to, from);
    if (world.chance.happens(loss)) return world.note("lose", to, from, this.#name);
    world.queue.after(world.chance.span(latency), () => {
      if (this.#isOver || !world.reaches(to, from) || this.#incarnation !== from.incarnation) return;
      if (listener === null) this.#fail("ECONNREFUSED");
      else this.#answered(listener);
    });
  }

  #answered(listener: SimulatedListener): void {
    const client = new SimulatedStream(this.#machine, this.#local, this.#remote, this.#name);
    const named = this.#local.family === "unix" ? { family: "unix", path: "" } as const : this.#local;
    const server = new SimulatedStream(this.#target, this.#remote, named, this.#name);
    SimulatedStream.join(client, server);
    server.whenOpened = () => listener.accept(server);
    client.out.sendOpen();
    this.#end();
    this.#machine.took(client);
    this.#resolve(client);
  }
}
