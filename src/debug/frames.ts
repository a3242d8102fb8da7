/**
 * The frames of a stack that are a user's.
 *
 * @module
 */

import { nameInStack } from "../core/repr.ts";

const OWN_FILE = import.meta.url;

/** The folder of the module's sources: its own frames say nothing to users. */
const OWN_FOLDER = /* @__PURE__ */ new URL("..", OWN_FILE);

/** How a runtime writes a file of the module: Deno and Node by its URL, Bun by its path. */
const OWN_FORMS: readonly string[] = [
  OWN_FOLDER.href,
  ...(OWN_FOLDER.protocol === "file:" ? [decodeURI(OWN_FOLDER.pathname)] : []),
];

/** What runtimes write of frames that are in no file of a program. */
const IN_NO_FILE = /\(?(?:node:|ext:|unknown:|native\b|<anonymous>\)?$|\[native)/;

/** Whether this file is one of its own, and not a part of a bundle. */
const IN_FILES = /\/debug\/frames\.[jt]s$/.test(OWN_FILE);

/** One line of a stack that names a place: with its function, or without. */
const FRAME = /^\s*at (?:async )?(?:(.*?) \()?([^()]*:\d+:\d+)\)?$/;

function isOfUser(line: string): boolean {
  return FRAME.test(line) && !IN_NO_FILE.test(line) && !OWN_FORMS.some((form) => line.includes(form));
}

/** The frames of users in the text of a stack, innermost first, as `work (file:///main.ts:3:5)`; all frames where none can be told apart. */
export function userFrames(stack: string): string[] {
  const lines = stack.split("\n").filter((line) => /^\s*at /.test(line));
  const own = lines.filter(isOfUser);
  // In a bundle everything is in one file.
  return (own.length > 0 || IN_FILES ? own : lines).map((line) => line.trim().replace(/^at /, ""));
}

/** One frame of a stack. */
export interface Frame {
  /** The function; empty if it has no name. */
  readonly name: string;
  /** The file, line and column. */
  readonly location: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Whether it is one of the module's own. */
  readonly isOwn: boolean;
}

/** The frames in the text of a stack that are in a file of a program or of the module, innermost first; none in a bundle, where they cannot be told apart. */
export function framesIn(stack: string): Frame[] {
  if (!IN_FILES) return [];
  return stack.split("\n").flatMap((text): Frame[] => {
    const [, name = "", location] = FRAME.exec(text.trim()) ?? [];
    if (location === undefined || IN_NO_FILE.test(text)) return [];
    const [, file = "", line, column] = /^(.*):(\d+):(\d+)$/.exec(location) ?? [];
    return [{ name, location, file, line: Number(line), column: Number(column), isOwn: !isOfUser(text.trim()) }];
  });
}

/** A frame as {@linkcode userFrames} has it. */
export function frameText({ name, location }: Frame): string {
  const known = nameInStack(name);
  return known === "" || known === "<anonymous>" ? location : `${known} (${location})`;
}

/** The file, line and column of such a frame. */
export function frameLocation(frame: string): string {
  return FRAME.exec(`at ${frame}`)?.[2] ?? frame;
}

/** Whether it was code of users that called what the module has in `core/`, and no other part of the module. */
export function calledByUser(stack: string): boolean {
  const lines = stack.split("\n").filter((line) => /^\s*at /.test(line));
  const caller = lines.find((line) =>
    !OWN_FORMS.some((form) => line.includes(`${form}core/`) || line.includes(`${form}debug/`))
  );
  return !IN_FILES || caller === undefined || !OWN_FORMS.some((form) => caller.includes(form));
}
