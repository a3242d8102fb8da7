/**
 * The files of Unix sockets.
 *
 * @module
 */
import type { UnixSocketFiles } from "../adapters/net.ts";
import { loadBuiltin } from "../adapters/shared/lazy_process.ts";
import { mayLook } from "../adapters/shared/process.ts";
import { pathTooLong, socketError } from "../adapters/shared/socket_errors.ts";

type Files = UnixSocketFiles;

const loadFiles = (): Promise<Files> => loadBuiltin<Files>("node:fs");

/** Removes the file of a socket that nobody listens on any more, and no other file. */
export async function removeStaleSocket(path: string, simulated?: UnixSocketFiles): Promise<void> {
  // An abstract socket has no file.
  if (path.startsWith("\0")) return;
  const files = simulated ?? await loadFiles();
  try {
    if (files.statSync(path, { throwIfNoEntry: false })?.isSocket()) files.unlinkSync(path);
  } catch (error) {
    // Nothing is there, or Deno does not let the program look; whoever listens says so.
    const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
    if (code === "ENOTDIR" || name === "NotCapable") return;
    console.error(`Cannot remove the stale Unix socket ${path}:`, error);
  }
}

/**
 * The file of a socket that listens, from before it does to its removal.
 *
 * The runtimes remove the file that they have made when they stop listening, by its name: should another socket have taken the place
 * meanwhile, they remove that one's. So the file is made under another name beside its place, and then put there, where they do not look.
 */
export class SocketFile {
  readonly #files: Files;
  readonly #path: string;
  /** The name that the host is to make it under; undefined for the one that it has in the end. */
  readonly bindTo: string | undefined;
  #inode: number | undefined;

  private constructor(files: Files, path: string, bindTo: string | undefined) {
    this.#files = files;
    this.#path = path;
    this.bindTo = bindTo;
  }

  /** Makes room for one, in the place of a socket that nobody listens on any more. `simulated` stand for the files of the system. */
  static async at(path: string, simulated?: UnixSocketFiles): Promise<SocketFile> {
    await removeStaleSocket(path, simulated);
    const files = simulated ?? await loadFiles();
    return new SocketFile(files, path, simulated === undefined ? nameBeside(path, files) : undefined);
  }

  /**
   * Puts the file that the host has made in its place. Nothing else may happen before.
   *
   * @throws {OSError} with code `EADDRINUSE` if there is something
   */
  settle(): void {
    const { bindTo } = this;
    if (bindTo !== undefined) {
      try {
        this.#move(bindTo);
      } catch (error) {
        this.#unlink(bindTo);
        const { code } = error as { readonly code?: string };
        throw socketError(`Cannot listen on ${this.#path}`, code === "EEXIST" ? "EADDRINUSE" : code ?? "EIO", error);
      }
    }
    this.#inode = this.#inodeNow();
  }

  /** Removes the file, unless another has taken its place. To be called while the socket is open: as long its inode is nobody else's. */
  readonly remove = (): void => {
    const inode = this.#inode;
    this.#inode = undefined;
    if (inode !== undefined && this.#inodeNow() === inode) this.#unlink(this.#path);
  };

  /** A link is never made over a file that is there; a new name would be. */
  #move(from: string): void {
    const files = this.#files;
    try {
      files.linkSync(from, this.#path);
    } catch (error) {
      // Not every file system has links.
      if ((error as { readonly code?: string }).code === "EEXIST" || this.#inodeNow() !== undefined) throw error;
      files.renameSync(from, this.#path);
      return;
    }
    files.unlinkSync(from);
  }

  #inodeNow(): number | undefined {
    if (this.#path.startsWith("\0")) return undefined;
    try {
      return this.#files.statSync(this.#path, { throwIfNoEntry: false })?.ino;
    } catch {
      // Whatever is in the way, it is not the file.
      return undefined;
    }
  }

  #unlink(path: string): void {
    try {
      this.#files.unlinkSync(path);
    } catch {
      // It is gone, which is what was wanted.
    }
  }
}

/**
 * A name for the file of a socket beside its place; undefined where there can be none: then it is made under its own. It is no longer than
 * that, for a socket's path has a limit.
 */
function nameBeside(path: string, files: Files): string | undefined {
  if (path.startsWith("\0") || pathTooLong(path)) return undefined;
  const start = path.lastIndexOf("/") + 1;
  const length = Math.min(7, path.length - start);
  for (let tries = 0; tries < 8; tries++) {
    const digits = Math.random().toString(36).slice(2, 8).padEnd(6, "0");
    const name = path.slice(0, start) + `.${digits}`.slice(-length);
    if (name === path) continue;
    if (!isAllowed(name)) return undefined;
    if (!isThere(name, files)) return name;
  }
  return undefined;
}

function isThere(path: string, files: Files): boolean {
  try {
    return files.statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Whoever listens says what is wrong with the folder.
    return false;
  }
}

/** Whether Deno lets the program use a path, where there is a Deno: a program may have been given one path alone. Nobody is asked. */
function isAllowed(path: string): boolean {
  return mayLook({ name: "read", path }) && mayLook({ name: "write", path }) &&
    mayLook({ name: "net", host: `unix:${path}` });
}
