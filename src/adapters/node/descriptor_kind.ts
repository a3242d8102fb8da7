/**
 * What a descriptor is, as far as the runtime tells.
 *
 * @module
 */

import { codeOf } from "../shared/host_error.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import { mayLook } from "../shared/process.ts";

/** What it is. Of one that is not known anything may be true. */
export type DescriptorKind = "socket" | "pipe" | "device" | "file" | "closed" | "unknown";

interface Status {
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isFile(): boolean;
  isDirectory(): boolean;
}

interface Files {
  fstatSync(fd: number): Status;
  statSync(path: string): Status;
}

/** Says what a descriptor is. */
export async function kindOfDescriptor(fd: number): Promise<DescriptorKind> {
  const files = await loadBuiltin<Files>("node:fs");
  try {
    return kindOf(files.fstatSync(fd));
  } catch (error) {
    if (!("Deno" in globalThis)) return codeOf(error) === "EBADF" ? "closed" : "unknown";
  }
  return kindByName(files, `/proc/self/fd/${fd}`);
}

function kindOf(found: Status): DescriptorKind {
  if (found.isSocket()) return "socket";
  if (found.isFIFO()) return "pipe";
  // What is none of all that is in no folder, such as a timer of Linux.
  return found.isFile() || found.isDirectory() ? "file" : "device";
}

/** Deno knows none that it has not opened itself. Linux has a path for each. */
function kindByName(files: Files, path: string): DescriptorKind {
  if (!mayLook({ name: "read", path })) return "unknown";
  try {
    return kindOf(files.statSync(path));
  } catch (error) {
    return codeOf(error) === "ENOENT" && mayLook({ name: "read", path: "/proc/self/fd" }) ? "closed" : "unknown";
  }
}
