/**
 * The runtime of a virtual run: its time is virtual, and its other half refuses.
 *
 * @module
 */
import type {
  Adapter,
  HttpListener,
  HttpListenOptions,
  NetAdapter,
  ProcessAdapter,
  WorkersAdapter,
} from "../adapters/adapter.ts";
import { defaultAdapter } from "../adapters/default_adapter.ts";
import { requireCapability } from "../loop/host_loop.ts";
import { noHost } from "./checks.ts";
import { SimulatedNet } from "./network/host_net.ts";
import { serveHttp } from "./network/http_server.ts";
import type { Machine } from "./network/machine.ts";
import type { Timeline } from "./timeline.ts";
import { VirtualAdapter } from "./virtual_adapter.ts";

/** Virtual time, and the world of the runtime only where that is allowed. */
export class VirtualHost extends VirtualAdapter implements Adapter {
  /** Whether something of the runtime was asked for. */
  usesHost = false;
  /** The time of its loop. */
  readonly timeline: Timeline;
  readonly #host: Adapter | null;
  /** The host of a simulated network that it stands for; null for none. */
  readonly #machine: Machine | null;

  constructor(timeline: Timeline, allowHost: boolean, machine: Machine | null = null) {
    super({ timeline });
    this.timeline = timeline;
    this.#machine = machine;
    this.#host = allowHost ? defaultAdapter() : null;
  }

  #ask(what: string): Adapter {
    if (this.#host === null) throw noHost(what);
    this.usesHost = true;
    return this.#host;
  }

  /** Keeps the process alive if the host may be waited for. */
  override keepAlive(): () => void {
    const left = super.keepAlive();
    const release = this.#host?.keepAlive();
    return () => {
      left();
      release?.();
    };
  }

  addSignalListener(signal: string, listener: () => void): void {
    const host = this.#ask(`listen for ${signal}`);
    requireCapability(host.addSignalListener, "listen for signals", host).call(host, signal, listener);
  }

  removeSignalListener(signal: string, listener: () => void): void {
    this.#host?.removeSignalListener?.(signal, listener);
  }

  async serveHttp(options: HttpListenOptions): Promise<HttpListener> {
    const machine = this.#machine;
    if (machine !== null) return await serveHttp(new SimulatedNet(machine), machine.world.queue, options);
    const host = this.#ask("serve HTTP");
    return await requireCapability(host.serveHttp, "serve HTTP", host).call(host, options);
  }

  async net(): Promise<NetAdapter> {
    if (this.#machine !== null) return new SimulatedNet(this.#machine);
    const host = this.#ask("use sockets");
    return await requireCapability(host.net, "use sockets", host).call(host);
  }

  async processes(): Promise<ProcessAdapter> {
    const host = this.#ask("start processes");
    return await requireCapability(host.processes, "start processes", host).call(host);
  }

  async workers(): Promise<WorkersAdapter> {
    const host = this.#ask("start threads");
    return await requireCapability(host.workers, "start threads", host).call(host);
  }
}
