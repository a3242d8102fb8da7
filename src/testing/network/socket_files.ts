/**
 * The Unix sockets of a simulated host: files that outlive who has made them, and abstract names that do not.
 *
 * @module
 */
import type { UnixSocketFiles } from "../../adapters/net.ts";
import type { SimulatedListener } from "./listener.ts";

interface Entry {
  readonly ino: number;
  listener: SimulatedListener | null;
}

/** An error as `node:fs` throws it. */
function fileError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path} (simulated)`), { code });
}

/** Names and what listens on them. Every folder is there. */
export class SocketFiles implements UnixSocketFiles {
  readonly #entries = new Map<string, Entry>();
  #inodes = 0;

  /** Who listens on a path: null if it is a file that nobody listens on, undefined if there is none. */
  find(path: string): SimulatedListener | null | undefined {
    return this.#entries.get(path)?.listener;
  }

  /** Everybody who listens. */
  listeners(): SimulatedListener[] {
    return [...this.#entries.values()].flatMap(({ listener }) => listener ?? []);
  }

  /** Makes one. */
  add(path: string, listener: SimulatedListener): void {
    this.#entries.set(path, { ino: ++this.#inodes, listener });
  }

  /** Nobody listens any more: the file stays, an abstract name goes. */
  stops(listener: SimulatedListener): void {
    for (const [path, entry] of this.#entries) {
      if (entry.listener !== listener) continue;
      if (path.startsWith("\0")) this.#entries.delete(path);
      else entry.listener = null;
    }
  }

  /** Nobody listens any more at all. */
  crash(): void {
    for (const listener of this.listeners()) this.stops(listener);
  }

  /** The same for a program, to which everything is gone once it is not there itself any more: what it would still do is not done. */
  seenBy(isThere: () => boolean): UnixSocketFiles {
    const gone = (path: string): void => {
      if (!isThere()) throw fileError("EIO", path);
    };
    return {
      statSync: (path) => isThere() ? this.statSync(path) : undefined,
      unlinkSync: (path) => {
        gone(path);
        this.unlinkSync(path);
      },
      linkSync: (path, newPath) => {
        gone(path);
        this.linkSync(path, newPath);
      },
      renameSync: (path, newPath) => {
        gone(path);
        this.renameSync(path, newPath);
      },
    };
  }

  statSync(path: string): { readonly ino: number; isSocket(): boolean } | undefined {
    const entry = this.#entries.get(path);
    return entry && { ino: entry.ino, isSocket: () => true };
  }

  unlinkSync(path: string): void {
    if (!this.#entries.delete(path)) throw fileError("ENOENT", path);
  }

  linkSync(path: string, newPath: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw fileError("ENOENT", path);
    if (this.#entries.has(newPath)) throw fileError("EEXIST", newPath);
    this.#entries.set(newPath, entry);
  }

  renameSync(path: string, newPath: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw fileError("ENOENT", path);
    this.#entries.delete(path);
    this.#entries.set(newPath, entry);
  }
}
