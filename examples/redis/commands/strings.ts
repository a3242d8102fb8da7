/** Strings and numbers. */
import type { Client } from "../client.ts";
import { type Commands, options, syntaxError, toBigInt, toDelay, wrongNumber } from "../command.ts";
import { bulk, bulks, CommandError, integer, LONGEST_BULK, NIL, OK } from "../resp.ts";

export const strings: Commands = {
  set: [-3, set],
  get: [2, ({ store }, key: string) => bulk(store.getString(key))],
  getdel: [2, ({ store }, key: string) => {
    const value = store.getString(key);
    store.delete(key);
    return bulk(value);
  }],
  mget: [-2, ({ store }, ...keys) =>
    bulks(keys.map((key) => {
      const value = store.get(key);
      return typeof value === "string" ? value : undefined;
    }))],
  mset: [-3, ({ store }, ...pairs) => {
    if (pairs.length % 2 !== 0) throw wrongNumber("mset");
    for (let i = 0; i < pairs.length; i += 2) store.set(pairs[i] as string, pairs[i + 1] as string);
    return OK;
  }],
  append: [3, ({ store }, key: string, value: string) => {
    const whole = (store.getString(key) ?? "") + value;
    if (whole.length > LONGEST_BULK) {
      throw new CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    }
    store.replace(key, whole);
    return integer(whole.length);
  }],
  incr: [2, (client, key: string) => add(client, key, 1n)],
  decr: [2, (client, key: string) => add(client, key, -1n)],
  incrby: [3, (client, key: string, number: string) => add(client, key, toBigInt(number))],
};

/** `SET key value [NX | XX] [GET] [EX seconds | PX milliseconds]` */
function set({ store }: Client, key: string, value: string, ...words: string[]): string {
  let only = "";
  let get = false;
  let expiry: number | undefined;
  for (const [name, number] of options(words, (name) => name === "EX" || name === "PX")) {
    if (name === "GET") get = true;
    else if ((name === "NX" || name === "XX") && (only === "" || only === name)) only = name;
    else if ((name === "EX" || name === "PX") && expiry === undefined) {
      expiry = toDelay("set", number, name === "EX" ? 1_000 : 1);
      if (expiry <= 0) throw new CommandError("ERR invalid expire time in 'set' command");
    } else throw syntaxError();
  }
  const old = get ? bulk(store.getString(key)) : OK;
  if (only !== "" && store.has(key) !== (only === "XX")) return get ? old : NIL;
  store.set(key, value);
  if (expiry !== undefined) store.expire(key, expiry);
  return old;
}

function add({ store }: Client, key: string, number: bigint): string {
  const sum = toBigInt(store.getString(key) ?? "0") + number;
  if (sum !== BigInt.asIntN(64, sum)) throw new CommandError("ERR increment or decrement would overflow");
  store.replace(key, String(sum));
  return integer(sum);
}
