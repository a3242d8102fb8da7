/**
 * The files of Unix sockets.
 *
 * @module
 */
import { loadBuiltin } from "../adapters/shared/builtin.ts";

/** What is used of `node:fs`, which all runtimes have. */
interface Files {
  statSync(path: string, options: { throwIfNoEntry: false }): { readonly ino: number; isSocket(): boolean } | undefined;
  unlinkSync(path: string): void;
}

const loadFiles = (): Promise<Files> => loadBuiltin("node:fs");

/** Removes the file of a socket that nobody listens on any more, and no other file. */
export async function removeStaleSocket(path: string): Promise<void> {
  // An abstract socket has no file.
  if (path.startsWith("\0")) return;
  const files = await loadFiles();
  try {
    if (files.statSync(path, { throwIfNoEntry: false })?.isSocket()) files.unlinkSync(path);
  } catch (error) {
    // Nothing is there; whoever listens says so.
    if ((error as { readonly code?: unknown }).code === "ENOTDIR") return;
    console.error(`Cannot remove the stale Unix socket ${path}:`, error);
  }
}

/** What removes the file of a socket that listens now, unless another has taken its place meanwhile. */
export async function socketCleaner(path: string): Promise<() => void> {
  if (path.startsWith("\0")) return () => {};
  const files = await loadFiles();
  const inode = files.statSync(path, { throwIfNoEntry: false })?.ino;
  return () => {
    try {
      if (files.statSync(path, { throwIfNoEntry: false })?.ino === inode) files.unlinkSync(path);
    } catch {
      // It is gone, which is what was wanted: some runtimes remove it themselves.
    }
  };
}
