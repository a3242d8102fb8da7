/**
 * Commands of Redis, right and wrong.
 *
 * @module
 */
import { join, latin1 } from "./mutate.ts";
import type { Random } from "./random.ts";

const WORDS = [
  "GET",
  "SET",
  "DEL",
  "KEYS",
  "SCAN",
  "0",
  "MATCH",
  "COUNT",
  "EX",
  "PX",
  "NX",
  "XX",
  "INCR",
  "LPUSH",
  "RPUSH",
  "LPOP",
  "LRANGE",
  "BLPOP",
  "SADD",
  "HSET",
  "MGET",
  "MSET",
  "APPEND",
  "SUBSCRIBE",
  "UNSUBSCRIBE",
  "PUBLISH",
  "PING",
  "ECHO",
  "SELECT",
  "CLIENT",
  "SETNAME",
  "CONFIG",
  "COMMAND",
  "INFO",
  "EXPIRE",
  "TTL",
  "TYPE",
  "QUIT",
  "FLUSHALL",
  "[z-a]",
  "*",
  "[",
  "\\",
  "*a*a*a*b",
  "-1",
  "1e400",
  "9223372036854775807",
  "-9223372036854775808",
  "nan",
  "0.01",
  "constructor",
  "__proto__",
  "a",
  "b",
  "c",
  "",
  "\0",
  "\r\n",
  "\xff",
]; // deno-fmt-ignore-line

function words(random: Random): string[] {
  const count = random.oneIn(30) ? random.length(2_000) : random.between(1, 6);
  return Array.from({ length: count }, () => random.oneIn(25) ? "x".repeat(random.length(70_000)) : random.pick(WORDS));
}

function bulk(random: Random, word: string): string {
  if (!random.oneIn(25)) return `$${word.length}\r\n${word}\r\n`;
  const length = random.pick([
    "-1",
    "",
    "x",
    "536870912",
    "99999999999999999999",
    `${word.length + 1}`,
    "0x1",
    "1e9",
    "4294967295",
  ]);
  return `${random.pick(["$", "$", "+", ":", ""])}${length}\r\n${word}${random.pick(["\r\n", "\n", ""])}`;
}

function command(random: Random): string {
  const all = words(random);
  if (random.oneIn(4)) {
    return `${all.map((word) => random.oneIn(6) ? JSON.stringify(word) : word).join(" ")}${
      random.pick(["\r\n", "\n"])
    }`;
  }
  const count = random.oneIn(15)
    ? random.pick(["-1", "0", "", "x", "1048576", "99999999999", "1.5", "+1"])
    : String(all.length);
  return `*${count}\r\n${all.map((word) => bulk(random, word)).join("")}`;
}

/** A row of commands. */
export function commands(random: Random): Uint8Array {
  return join(random.several(20, () => random.oneIn(40) ? random.bytes(random.length(300)) : latin1(command(random))));
}
