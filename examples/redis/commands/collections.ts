/** Sets and hashes. */
import { type Commands, wrongNumber } from "../command.ts";
import { bulk, bulks, integer } from "../resp.ts";
import { Hash, StringSet } from "../store.ts";

export const collections: Commands = {
  sadd: [-3, ({ store }, key: string, ...members) => {
    const set = store.findOrMake(key, StringSet);
    const before = set.size;
    for (const member of members) set.add(member);
    return integer(set.size - before);
  }],
  srem: [-3, ({ store }, key: string, ...members) => {
    const set = store.find(key, StringSet);
    if (set === undefined) return integer(0);
    const removed = members.filter((member) => set.delete(member)).length;
    store.deleteIfEmpty(key, set);
    return integer(removed);
  }],
  smembers: [2, ({ store }, key: string) => bulks(store.find(key, StringSet) ?? [])],
  sismember: [3, ({ store }, key: string, member: string) => integer(!!store.find(key, StringSet)?.has(member))],
  hset: [-4, ({ store }, key: string, ...pairs) => {
    if (pairs.length % 2 !== 0) throw wrongNumber("hset");
    const hash = store.findOrMake(key, Hash);
    const before = hash.size;
    for (let i = 0; i < pairs.length; i += 2) hash.set(pairs[i] as string, pairs[i + 1] as string);
    return integer(hash.size - before);
  }],
  hget: [3, ({ store }, key: string, field: string) => bulk(store.find(key, Hash)?.get(field))],
  hgetall: [2, ({ store }, key: string) => bulks([...store.find(key, Hash) ?? []].flat())],
  hdel: [-3, ({ store }, key: string, ...fields) => {
    const hash = store.find(key, Hash);
    if (hash === undefined) return integer(0);
    const removed = fields.filter((field) => hash.delete(field)).length;
    store.deleteIfEmpty(key, hash);
    return integer(removed);
  }],
};
