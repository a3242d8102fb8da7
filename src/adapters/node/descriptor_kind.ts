/**
 * What a descriptor is, as far as the runtime tells.
 *
 * @module
 */

import { codeOf } from "../shared/host_error.ts";
import { loadBuiltin, mayLook } from "../shared/process.ts";

/** What it is. Of one that is not known anything may be true. */
export type DescriptorKind = "socket" | "pipe" | "device" | "file" | "closed" | "unknown";

interface Files {
  fstatSync(fd: number): { isFIFO(): boolean; isSocket(): boolean; isCharacterDevice(): boolean };
  readlinkSync(path: string): string;
}

/** Says what a descriptor is. */
export async function kindOfDescriptor(fd: number): Promise<DescriptorKind> {
  const files = await loadBuiltin<Files>("node:fs");
  try {
    const found = files.fstatSync(fd);
    if (found.isSocket()) return "socket";
    if (found.isFIFO()) return "pipe";
    return found.isCharacterDevice() ? "device" : "file";
  } catch (error) {
    if (!("Deno" in globalThis)) return codeOf(error) === "EBADF" ? "closed" : "unknown";
  }
  return kindByName(files, `/proc/self/fd/${fd}`);
}

/** Deno knows none that it has not opened itself. Linux has a name for each. */
function kindByName(files: Files, path: string): DescriptorKind {
  if (!mayLook({ name: "read", path })) return "unknown";
  try {
    const name = files.readlinkSync(path);
    return name.startsWith("socket:") ? "socket" : name.startsWith("pipe:") ? "pipe" : "unknown";
  } catch (error) {
    return codeOf(error) === "ENOENT" && mayLook({ name: "read", path: "/proc/self/fd" }) ? "closed" : "unknown";
  }
}
