/** Lists, and waiting for their elements. */
import { type Coroutine, timeout, TimeoutError } from "@loop/asyncio";
import type { Client } from "../client.ts";
import { type Commands, toInteger, wrongNumber } from "../command.ts";
import { type End, List } from "../list.ts";
import { bulk, bulks, CommandError, integer, NIL_ARRAY } from "../resp.ts";

export const lists: Commands = {
  lpush: [-3, ({ store }, key: string, ...elements) => integer(store.push(key, "left", elements))],
  rpush: [-3, ({ store }, key: string, ...elements) => integer(store.push(key, "right", elements))],
  lpop: [-2, (client, key: string, ...count) => pop(client, "left", key, count)],
  rpop: [-2, (client, key: string, ...count) => pop(client, "right", key, count)],
  llen: [2, ({ store }, key: string) => integer(store.find(key, List)?.size ?? 0)],
  lrange: [4, ({ store }, key: string, start: string, stop: string) => {
    const [first, last] = [toInteger(start), toInteger(stop)];
    const list = store.find(key, List);
    const size = list?.size ?? 0;
    const index = (i: number) => i < 0 ? i + size : i;
    return bulks(list?.range(Math.max(0, index(first)), Math.min(index(last), size - 1)) ?? []);
  }],
  blpop: [-3, (client, ...words) => blockingPop(client, "left", words)],
  brpop: [-3, (client, ...words) => blockingPop(client, "right", words)],
};

/** One element, or an array of so many. */
function pop({ store }: Client, end: End, key: string, [number, ...more]: string[]): string {
  if (number === undefined) return bulk(store.pop(key, end));
  if (more.length > 0) throw wrongNumber(end === "left" ? "lpop" : "rpop");
  const count = /^\d+$/.test(number) ? toInteger(number) : -1;
  if (count < 0) throw new CommandError("ERR value is out of range, must be positive");
  const list = store.find(key, List);
  if (list === undefined) return NIL_ARRAY;
  const elements: (string | undefined)[] = [];
  while (elements.length < count && list.size > 0) elements.push(list.pop(end));
  store.deleteIfEmpty(key, list);
  return bulks(elements);
}

/** Waits for an element as long as the client says and is there; both ends of the wait are cancellations of `store.waitFor`. */
function* blockingPop(client: Client, end: End, words: string[]): Coroutine<string> {
  const seconds = Number(words.at(-1));
  if (words.at(-1)?.trim() === "" || !Number.isFinite(seconds)) {
    throw new CommandError("ERR timeout is not a float or out of range");
  }
  if (seconds < 0) throw new CommandError("ERR timeout is negative");
  if (seconds > Number.MAX_SAFE_INTEGER / 1_000) throw new CommandError("ERR timeout is out of range");
  const keys = words.slice(0, -1);
  const there = client.store.popFirst(keys, end);
  if (there !== undefined) return bulks(there);
  const popped = yield* client.whileConnected(function* () {
    try {
      return yield* timeout(seconds === 0 ? null : seconds * 1_000, () => client.store.waitFor(keys, end));
    } catch (error) {
      if (error instanceof TimeoutError) return null;
      throw error;
    }
  });
  // Who has left is told nothing.
  if (popped === undefined) return "";
  return popped === null ? NIL_ARRAY : bulks(popped);
}
