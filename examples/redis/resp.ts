/**
 * RESP2, the protocol of Redis: commands in, replies out.
 *
 * A string of Redis is bytes. Here each byte is one character of a JavaScript string (latin1): keys can be keys of a Map, parsing is slicing, and
 * a length is the same in both.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** The most bytes of one argument. Redis takes 512 MB; strings of that length do not fit into an engine's. */
export const LONGEST_BULK: number = 64 * 1024 * 1024;
/** The most bytes of all arguments of one command. */
const LONGEST_COMMAND = LONGEST_BULK + 1024 * 1024;
/** The most bytes of one reply. */
const LONGEST_REPLY = 2 * LONGEST_BULK;
/** The most arguments of one command: they are passed to a function, and the engines have a limit there. */
const MOST_ARGUMENTS = 32_768;
/** The most bytes of an inline command, or of a line with a length. */
const LONGEST_LINE = 65_536;

export function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function encode(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** What a client is told in place of a result; the connection stays. */
export class CommandError extends Error {}

/** The client does not speak the protocol; it is told, and the connection closes. */
export class ProtocolError extends Error {}

export const OK = "+OK\r\n";
export const NIL = "$-1\r\n";
export const NIL_ARRAY = "*-1\r\n";

export function simple(text: string): string {
  return `+${text}\r\n`;
}

export function failure(message: string): string {
  return `-${message.replace(/[\r\n]/g, " ")}\r\n`;
}

export function integer(value: number | bigint | boolean): string {
  return `:${typeof value === "boolean" ? Number(value) : value}\r\n`;
}

export function bulk(text: string | undefined): string {
  return text === undefined ? NIL : `$${text.length}\r\n${text}\r\n`;
}

/**
 * An array of replies.
 *
 * @throws {CommandError} if it is longer than what is sent at once
 */
export function array(replies: readonly string[]): string {
  const length = replies.reduce((sum, reply) => sum + reply.length, 0);
  if (length > LONGEST_REPLY) throw new CommandError(`ERR the reply is longer than ${LONGEST_REPLY} bytes`);
  return `*${replies.length}\r\n${replies.join("")}`;
}

/** An array of strings. */
export function bulks(texts: Iterable<string | undefined>): string {
  return array(Array.from(texts, bulk));
}

/**
 * Takes commands out of what has come. It remembers how far it is in a command: what was read once is not read again, in however small
 * pieces the rest comes.
 */
export class Parser {
  #text = "";
  #at = 0;
  #chunks: string[] = [];
  /** So many bytes have to come at least before there is a point in looking again. */
  #missing = 0;
  /** How many arguments the command has that is being read; 0 between commands. */
  #count = 0;
  #command: string[] = [];
  /** The length of the argument that comes next; -1 if that is not known yet. */
  #length = -1;
  /** The bytes of all arguments of the command. */
  #bytes = 0;
  /** How many bytes were fed and not looked at. */
  size = 0;

  feed(bytes: Uint8Array): void {
    this.#chunks.push(decode(bytes));
    this.#missing -= bytes.length;
    this.size += bytes.length;
  }

  /**
   * The next command with its arguments, or null if more has to come.
   *
   * @throws {ProtocolError} if there is something else
   */
  next(): string[] | null {
    if (this.#missing > 0) return null;
    if (this.#chunks.length > 0) {
      this.#text = this.#text.slice(this.#at) + this.#chunks.join("");
      this.#chunks = [];
      this.#at = 0;
    }
    const start = this.#at;
    try {
      for (;;) {
        const command = this.#count > 0 || this.#text[this.#at] === "*" ? this.#array() : this.#inline();
        // An empty one says nothing.
        if (command === null || command.length > 0) return command;
      }
    } finally {
      this.size -= this.#at - start;
    }
  }

  /** `*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n`, as programs send it. */
  #array(): string[] | null {
    if (this.#count === 0) {
      const head = this.#line("\r\n", "mbulk count string");
      if (head === null) return null;
      this.#count = Math.max(0, toLength(head, MOST_ARGUMENTS, "multibulk"));
    }
    while (this.#command.length < this.#count) {
      const argument = this.#argument();
      if (argument === null) return null;
      this.#command.push(argument);
    }
    const command = this.#command;
    this.#command = [];
    this.#count = this.#bytes = 0;
    return command;
  }

  #argument(): string | null {
    if (this.#length < 0) {
      const head = this.#line("\r\n", "bulk count string");
      if (head === null) return null;
      if (head[0] !== "$") throw new ProtocolError(`expected '$', got '${head[0] ?? " "}'`);
      const length = toLength(head, LONGEST_BULK, "bulk");
      if (length < 0) throw new ProtocolError("invalid bulk length");
      this.#length = length;
      this.#bytes += length;
      if (this.#bytes > LONGEST_COMMAND) throw new ProtocolError("too big mbulk request");
    }
    const end = this.#at + this.#length;
    if (this.#text.length < end + 2) {
      this.#missing = end + 2 - this.#text.length;
      return null;
    }
    const argument = this.#text.slice(this.#at, end);
    this.#at = end + 2;
    this.#length = -1;
    return argument;
  }

  /** `ECHO hello\r\n`, as people type it. */
  #inline(): string[] | null {
    const line = this.#line("\n", "inline request");
    return line === null ? null : splitWords(line);
  }

  #line(end: string, what: string): string | null {
    const at = this.#text.indexOf(end, this.#at);
    if ((at < 0 ? this.#text.length : at) - this.#at > LONGEST_LINE) throw new ProtocolError(`too big ${what}`);
    if (at < 0) return null;
    const line = this.#text.slice(this.#at, at);
    this.#at = at + end.length;
    return line;
  }
}

function toLength(head: string, most: number, what: string): number {
  const length = /^.(?:0|-?[1-9]\d*)$/.test(head) ? Number(head.slice(1)) : NaN;
  if (Number.isNaN(length) || length > most) throw new ProtocolError(`invalid ${what} length`);
  return length;
}

/** What counts as a space is what does in C: every other byte may be a part of a key. */
const WORD = /[\t-\r ]*(?:"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'|([^\t-\r "']+))(?=[\t-\r ]|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/** Words between spaces, or between quotes with spaces in them. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  WORD.lastIndex = 0;
  for (const rest = line.replace(/[\t-\r ]+$/, ""); WORD.lastIndex < rest.length;) {
    const [, double, single, plain] = WORD.exec(rest) ?? [];
    if (double !== undefined) words.push(double.replace(/\\(?:x([0-9a-f]{2})|([^]))/gi, unescape));
    else if (single !== undefined) words.push(single.replaceAll("\\'", "'"));
    else if (plain !== undefined) words.push(plain);
    else throw new ProtocolError("unbalanced quotes in request");
  }
  return words;
}

function unescape(_all: string, code: string | undefined, letter = ""): string {
  return code !== undefined ? String.fromCharCode(parseInt(code, 16)) : ESCAPES[letter] ?? letter;
}
