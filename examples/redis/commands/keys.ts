/** Keys, whatever they hold. */
import type { Client } from "../client.ts";
import { type Commands, options, syntaxError, toDelay, toInteger } from "../command.ts";
import { toMatcher } from "../glob.ts";
import { List } from "../list.ts";
import { array, bulk, bulks, CommandError, integer, OK, simple } from "../resp.ts";
import { Hash, StringSet, type Value } from "../store.ts";

export const keys: Commands = {
  del: [-2, ({ store }, ...keys) => integer(keys.filter((key) => store.delete(key)).length)],
  exists: [-2, ({ store }, ...keys) => integer(keys.filter((key) => store.has(key)).length)],
  type: [2, ({ store }, key: string) => simple(typeOf(store.get(key)))],
  expire: [
    -3,
    (client, key: string, seconds: string, ...words) => expire(client, "expire", key, seconds, 1_000, words),
  ],
  pexpire: [-3, (client, key: string, ms: string, ...words) => expire(client, "pexpire", key, ms, 1, words)],
  ttl: [2, (client, key: string) => integer(timeLeft(client, key, 1_000))],
  pttl: [2, (client, key: string) => integer(timeLeft(client, key, 1))],
  persist: [2, ({ store }, key: string) => integer(store.persist(key))],
  keys: [2, ({ store }, pattern: string) => {
    return bulks([...store.keys()].filter(toMatcher(pattern)));
  }],
  scan: [-2, scan],
  dbsize: [1, ({ store }) => integer(store.size)],
  flushall: [-1, ({ redis }, mode = "SYNC", ...more) => {
    if (!/^a?sync$/i.test(mode) || more.length > 0) throw syntaxError();
    for (const store of redis.stores) store.clear();
    return OK;
  }],
};

function typeOf(value: Value | undefined): string {
  if (value === undefined) return "none";
  if (value instanceof List) return "list";
  if (value instanceof StringSet) return "set";
  return value instanceof Hash ? "hash" : "string";
}

/** `EXPIRE key seconds [NX | XX | GT | LT]` */
function expire({ store }: Client, name: string, key: string, time: string, unit: number, words: string[]): string {
  const delay = toDelay(name, time, unit);
  const left = store.timeLeft(key) ?? Infinity;
  let allowed = store.has(key);
  const conditions = new Set(words.map((word) => word.toUpperCase()));
  for (const condition of conditions) {
    if (condition === "NX") allowed &&= left === Infinity;
    else if (condition === "XX") allowed &&= left !== Infinity;
    else if (condition === "GT") allowed &&= delay > left;
    else if (condition === "LT") allowed &&= delay < left;
    else throw new CommandError(`ERR Unsupported option ${words.find((word) => word.toUpperCase() === condition)}`);
  }
  if (conditions.has("NX") && conditions.size > 1) {
    throw new CommandError("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (conditions.has("GT") && conditions.has("LT")) {
    throw new CommandError("ERR GT and LT options at the same time are not compatible");
  }
  if (allowed) store.expire(key, delay);
  return integer(allowed);
}

function timeLeft({ store }: Client, key: string, unit: number): number {
  const left = store.timeLeft(key);
  return left !== null ? Math.round(left / unit) : store.has(key) ? -1 : -2;
}

/** `SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]` */
function scan({ store }: Client, cursor: string, ...words: string[]): string {
  if (!/^\d+$/.test(cursor)) throw new CommandError("ERR invalid cursor");
  let count = 10;
  let matches: ((key: string) => boolean) | null = null;
  let type: string | null = null;
  for (const [name, value] of options(words, () => true)) {
    if (name === "MATCH") matches = toMatcher(value);
    else if (name === "TYPE") type = value.toLowerCase();
    else if (name !== "COUNT" || (count = toInteger(value)) < 1) throw syntaxError();
  }
  const [next, found] = store.scan(Number(cursor), count);
  const wanted = found.filter((key) =>
    (matches === null || matches(key)) && (type === null || typeOf(store.get(key)) === type)
  );
  return array([bulk(String(next)), bulks(wanted)]);
}
