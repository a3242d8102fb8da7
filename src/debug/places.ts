/**
 * Where something was made.
 *
 * @module
 */

/** The folder of the module's sources: its own frames say nothing to users. */
const OWN = /* @__PURE__ */ new URL("..", import.meta.url);

/** How a runtime writes a file of the module: Deno and Node by its URL, Bun by its path. */
const OWN_FORMS: readonly string[] = [OWN.href, ...(OWN.protocol === "file:" ? [decodeURI(OWN.pathname)] : [])];

/** What runtimes write of frames that are in no file of a program. */
const IN_NO_FILE = /\(?(?:node:|ext:|native\b|<anonymous>\)?$|\[native)/;

/** One line of a stack that names a place: with its function, or without. */
const FRAME = /^\s*at (?:(?:async )?(.*?) \()?([^()]*:\d+:\d+)\)?$/;

function isOfUser(line: string): boolean {
  return FRAME.test(line) && !IN_NO_FILE.test(line) && !OWN_FORMS.some((form) => line.includes(form));
}

/** The frames of users in the text of a stack, innermost first, as `work (file:///main.ts:3:5)`; all frames where none can be told apart. */
export function userFrames(stack: string): string[] {
  const lines = stack.split("\n").filter((line) => /^\s*at /.test(line));
  const own = lines.filter(isOfUser);
  // In a bundle everything is in one file.
  return (own.length > 0 ? own : lines).map((line) => line.trim().replace(/^at /, ""));
}

/** A place in a program. Its stack is written when somebody reads it. */
export class Place {
  #error: Error | null;
  #frames: readonly string[] | null = null;

  /** @param error made at the place */
  constructor(error: Error) {
    this.#error = error;
  }

  /** The frames of users, innermost first, as `work (file:///main.ts:3:5)`. */
  get frames(): readonly string[] {
    if (this.#frames === null) {
      this.#frames = userFrames(String(this.#error?.stack ?? ""));
      // On V8 it holds the `this` of each of its frames.
      this.#error = null;
    }
    return this.#frames;
  }

  /** The file, line and column; the empty string if the runtime does not say. */
  get location(): string {
    const [innermost = ""] = this.frames;
    return FRAME.exec(`at ${innermost}`)?.[2] ?? innermost;
  }

  /** The frames, one a line, indented by four. */
  toString(): string {
    return this.frames.map((frame) => `    at ${frame}`).join("\n");
  }
}

const PLACE = Symbol("place");

/** What has a place. A property costs a twentieth of what an entry of a WeakMap does. */
interface Placed {
  [PLACE]?: Place;
}

/** Notes where something was made: here, or where an error was made before. */
export function notePlace(made: object, place: Error = new Error()): void {
  (made as Placed)[PLACE] = new Place(place);
}

/**
 * Where something was made: a task, a future, a handle, a lazy awaitable, a transport or a server. Undefined if its loop was not in debug mode
 * then.
 */
export function placeOf(made: object): Place | undefined {
  return (made as Placed)[PLACE];
}

/** The same as a line for a message; empty if it is not known. */
export function madeAt(made: object): string {
  const location = placeOf(made)?.location ?? "";
  return location === "" ? "" : `\n  made at ${location}`;
}
