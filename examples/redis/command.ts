/**
 * What a command is, and how arguments are read.
 *
 * @module
 */
import type { Coroutine } from "@loop/asyncio";
import type { Client } from "./client.ts";
import { CommandError } from "./resp.ts";

/** Gives the reply, ready to be sent. A command that has to wait for it is a coroutine. */
export type Handler = (client: Client, ...args: string[]) => string | Coroutine<string>;

/** How many words it has with its name, at least so many if negative; and what it does. */
export type Command = readonly [arity: number, handler: Handler];

export type Commands = Readonly<Record<string, Command>>;

export function syntaxError(): CommandError {
  return new CommandError("ERR syntax error");
}

export function wrongNumber(name: string): CommandError {
  return new CommandError(`ERR wrong number of arguments for '${name}' command`);
}

/** A number as Redis has it, of 64 bits: more than a JavaScript number has. */
export function toBigInt(text: string): bigint {
  const value = /^(?:0|-?[1-9]\d{0,18})$/.test(text) ? BigInt(text) : null;
  if (value === null || value !== BigInt.asIntN(64, value)) {
    throw new CommandError("ERR value is not an integer or out of range");
  }
  return value;
}

export function toInteger(text: string): number {
  return Number(toBigInt(text));
}

/** A time in units of so many milliseconds. */
export function toDelay(command: string, text: string, unit: number): number {
  const delay = toInteger(text) * unit;
  if (!Number.isSafeInteger(delay)) throw new CommandError(`ERR invalid expire time in '${command}' command`);
  return delay;
}

/** Words such as `MATCH pattern COUNT 10` at the end of a command, each with what follows it. */
export function* options(words: readonly string[], takesValue: (name: string) => boolean): Iterable<[string, string]> {
  for (let i = 0; i < words.length; i++) {
    const name = (words[i] as string).toUpperCase();
    if (!takesValue(name)) yield [name, ""];
    else if (i + 1 === words.length) throw syntaxError();
    else yield [name, words[++i] as string];
  }
}
