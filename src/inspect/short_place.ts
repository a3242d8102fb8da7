/**
 * Places as people write them.
 *
 * @module
 */
import { findBuiltin } from "../adapters/shared/process.ts";

/** A file, or a place in one, as a path: from the current folder if it is in there. An address of elsewhere stays as it is. */
export function shortPlace(place: string): string {
  const path = place.startsWith("file://") ? decoded(place.slice("file://".length)) : place;
  const here = `${currentFolder()}/`;
  return here !== "/" && path.startsWith(here) ? path.slice(here.length) : path;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The empty string where there is none, or where it may not be known. */
function currentFolder(): string {
  try {
    return findBuiltin<{ cwd(): string }>("node:process")?.cwd() ?? "";
  } catch {
    return "";
  }
}
