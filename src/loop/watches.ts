/**
 * Callbacks for descriptors: `addReader()` and its family.
 *
 * @module
 */
import type { DescriptorsAdapter, FileDescriptor } from "../adapters/descriptors.ts";
import type { ContextOwner, Runnable } from "../core/contract.ts";
import { NotSupportedError } from "../core/errors.ts";
import { type Callback, Handle } from "../core/handle.ts";
import { checkClosed, schedule } from "../core/internal.ts";
import { checkCallback } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import type { HostLoop } from "./host_loop.ts";

type Direction = "read" | "write";

/** The callback for a descriptor, which is called once in an iteration at most. */
class Watch implements Runnable {
  readonly handle: Handle;
  /** A socket that is collected is closed: this one is in use. */
  readonly descriptor: FileDescriptor;
  readonly #loop: HostLoop;
  #scheduled = false;

  constructor(loop: HostLoop, handle: Handle, descriptor: FileDescriptor) {
    this.#loop = loop;
    this.handle = handle;
    this.descriptor = descriptor;
  }

  readonly ready = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    schedule(this.#loop, this);
  };

  /** @internal */
  get _owner(): ContextOwner {
    return this.handle;
  }

  /** @internal */
  _run(): void {
    this.#scheduled = false;
    if (!this.handle.cancelled()) this.handle._run();
  }

  /** Readable form, that of the handle. */
  toString(): string {
    return String(this.handle);
  }
}

/** The callbacks of one loop. */
export class Watches {
  readonly #loop: HostLoop;
  readonly #watches = new Map<string, Watch>();

  constructor(loop: HostLoop) {
    this.#loop = loop;
    loop.onClose.add(() => this.#clear());
  }

  /** `loop.addReader()` and `loop.addWriter()`. */
  add(descriptor: FileDescriptor, direction: Direction, callback: Callback, args: readonly unknown[]): void {
    const where = direction === "read" ? "addReader" : "addWriter";
    checkClosed(this.#loop);
    const fd = numberOf(descriptor, where);
    checkCallback(callback, where);
    const watch = new Watch(this.#loop, new Handle(this.#loop, callback, args), descriptor);
    descriptorsOf(this.#loop, where).watch(this.#loop, fd, direction, watch.ready);
    const key = `${fd} ${direction}`;
    this.#watches.get(key)?.handle.cancel();
    this.#watches.set(key, watch);
  }

  /** `loop.removeReader()` and `loop.removeWriter()`. */
  remove(descriptor: FileDescriptor, direction: Direction): boolean {
    const where = direction === "read" ? "removeReader" : "removeWriter";
    // A socket that was closed before has no number any more.
    const closed = (descriptor as { readonly fd?: unknown } | null)?.fd === -1 &&
      [...this.#watches].find(([key, watch]) => watch.descriptor === descriptor && key.endsWith(direction));
    const fd = closed ? parseInt(closed[0]) : numberOf(descriptor, where);
    const descriptors = descriptorsOf(this.#loop, where);
    const key = `${fd} ${direction}`;
    const watch = this.#watches.get(key);
    if (watch === undefined) {
      descriptors.checkOwner?.(fd, where, this.#loop.openSockets);
      return false;
    }
    this.#watches.delete(key);
    watch.handle.cancel();
    return descriptors.unwatch(this.#loop, fd, direction) || !!closed;
  }

  #clear(): void {
    for (const key of [...this.#watches.keys()]) {
      const [fd, direction] = key.split(" ") as [string, Direction];
      this.remove(Number(fd), direction);
    }
  }
}

/**
 * The number of a descriptor.
 *
 * @throws {TypeError} if it is not one
 * @throws {RangeError} if it is negative, or larger than any
 */
export function numberOf(descriptor: FileDescriptor, where: string): number {
  const fd: unknown = typeof descriptor === "object" && descriptor !== null ? descriptor.fd : descriptor;
  if (typeof fd !== "number") {
    throw new TypeError(
      `Cannot call ${where}() with ${
        describeKind(descriptor)
      }: give the number of a descriptor, or an object that has it as fd.`,
    );
  }
  if (Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31) return fd;
  throw new RangeError(
    `Cannot call ${where}() with descriptor ${fd}: give a whole number, 0 or more and below 2 ** 31. One that is closed has none.`,
  );
}

/**
 * What the loop's adapter does with descriptors.
 *
 * @throws {NotSupportedError} if it has nothing
 */
export function descriptorsOf(loop: HostLoop, where: string): DescriptorsAdapter {
  const { descriptors, name } = loop.adapter;
  descriptors?.keepFor?.(loop);
  if (descriptors !== undefined) return descriptors;
  throw new NotSupportedError(
    `Cannot call ${where}() on "${name}": it watches none. Make the loop with selectorAdapter() of @loop/asyncio/selector (Linux, not Node), ` +
      "or use createConnection(), connectReadPipe() and their siblings.",
  );
}
