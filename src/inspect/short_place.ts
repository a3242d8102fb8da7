/**
 * Places as people write them.
 *
 * @module
 */
import { findBuiltin } from "../adapters/shared/process.ts";

/** A file, or a place in one, as a path: from the current folder if it is in there. An address of elsewhere stays as it is. */
export function shortPlace(place: string): string {
  const path = pathOf(place);
  const here = `${currentFolder()}/`;
  return here !== "/" && path.startsWith(here) ? path.slice(here.length) : path;
}

/** A file, or a place in one, as a path, whether the runtime names it so or by its address. */
export function pathOf(place: string): string {
  return place.startsWith("file://") ? decoded(place.slice("file://".length)) : place;
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
