/**
 * A simulated host, as a loop sees it that runs on it.
 *
 * @module
 */
import type { Adapter, HostTimer, HttpListener, HttpListenOptions, NetAdapter } from "../../adapters/adapter.ts";
import type { Timeline, VirtualTimer } from "../timeline.ts";
import { VirtualAdapter } from "../virtual_adapter.ts";
import { SimulatedNet } from "./host_net.ts";
import { serveHttp } from "./http_server.ts";
import type { Machine } from "./machine.ts";

/** What a timer is rounded up to on a clock that is not the network's, in milliseconds: so it never fires a hair too early, again and again. */
const GRAIN = 0.001;

/** An adapter with the clock and the sockets of a host. */
export class HostAdapter extends VirtualAdapter implements Adapter {
  override readonly name: string = "simulated";
  readonly #machine: Machine;
  readonly #net: SimulatedNet;
  readonly #timeline: Timeline;
  readonly #incarnation: number;

  constructor(machine: Machine) {
    const { timeline } = machine.world.queue;
    super({ timeline });
    this.#machine = machine;
    this.#net = new SimulatedNet(machine);
    this.#timeline = timeline;
    this.#incarnation = machine.incarnation;
  }

  /** Whether the host has not crashed since this was made. */
  get #isUp(): boolean {
    return this.#machine.isUp && this.#machine.incarnation === this.#incarnation;
  }

  override now(): number {
    return this.#machine.clockAt(this.#timeline.now);
  }

  override hop(callback: () => void): void {
    this.#timeline.hop(() => {
      if (this.#isUp) callback();
    });
  }

  override setTimer(delay: number, callback: () => void): HostTimer {
    const { clockRate, clockOffset } = this.#machine;
    const isPlain = clockRate === 1 && clockOffset === 0;
    const wait = isPlain ? delay : (Math.floor(delay / clockRate / GRAIN) + 1) * GRAIN;
    return this.#timeline.arm(wait, () => {
      if (this.#isUp) callback();
    });
  }

  override clearTimer(timer: HostTimer): void {
    this.#timeline.disarm(timer as VirtualTimer);
  }

  /** A host that waits for ever is no deadlock: whoever runs on the network may. */
  override keepAlive(): () => void {
    return () => {};
  }

  override parked(): void {}

  net(): Promise<NetAdapter> {
    return Promise.resolve(this.#net);
  }

  serveHttp(options: HttpListenOptions): Promise<HttpListener> {
    return serveHttp(this.#net, this.#machine.world.queue, options);
  }
}
