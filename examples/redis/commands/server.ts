/** The connection, the server, and messages between clients. */
import type { Client } from "../client.ts";
import { type Command, type Commands, toInteger } from "../command.ts";
import { toMatcher } from "../glob.ts";
import { array, bulk, bulks, CommandError, integer, LONGEST_BULK, OK, simple } from "../resp.ts";

const SETTINGS: Readonly<Record<string, string>> = {
  appendonly: "no",
  databases: "16",
  maxmemory: "0",
  "proto-max-bulk-len": String(LONGEST_BULK),
  save: "",
};

export const server: Commands = {
  ping: [-1, (client, text, ...more) => {
    if (more.length > 0) throw new CommandError("ERR wrong number of arguments for 'ping' command");
    if (client.channels.size > 0) return bulks(["pong", text ?? ""]);
    return text === undefined ? simple("PONG") : bulk(text);
  }],
  echo: [2, (_client, text: string) => bulk(text)],
  select: [2, (client, index: string) => {
    const store = client.redis.stores[toInteger(index)];
    if (store === undefined) throw new CommandError("ERR DB index is out of range");
    client.store = store;
    return OK;
  }],
  quit: [-1, (client) => {
    client.leaving = true;
    return OK;
  }],
  publish: [3, ({ redis }, channel: string, message: string) => {
    const subscribers = redis.channels.get(channel) ?? new Set();
    for (const subscriber of subscribers) subscriber.tell(bulks(["message", channel, message]));
    return integer(subscribers.size);
  }],
  subscribe: [-2, (client, ...channels) =>
    channels.map((channel) => {
      client.redis.subscribe(client, channel);
      return array([bulk("subscribe"), bulk(channel), integer(client.channels.size)]);
    }).join("")],
  unsubscribe: [-1, (client, ...channels) => {
    const all = channels.length > 0 ? channels : [...client.channels];
    if (all.length === 0) return array([bulk("unsubscribe"), bulk(undefined), integer(0)]);
    return all.map((channel) => {
      client.redis.unsubscribe(client, channel);
      return array([bulk("unsubscribe"), bulk(channel), integer(client.channels.size)]);
    }).join("");
  }],
  info: [-1, ({ redis }, ...sections) => bulk(info(redis, sections))],
  client: [-2, (client, name: string, ...words) =>
    subcommand("client", name, words, {
      id: [2, () => integer(client.id)],
      getname: [2, () => bulk(client.name || undefined)],
      setname: [3, (_client, name: string) => {
        if (/[^!-~]/.test(name)) {
          throw new CommandError("ERR Client names cannot contain spaces, newlines or special characters.");
        }
        client.name = name;
        return OK;
      }],
      setinfo: [4, () => OK],
    }, client)],
  config: [-2, (client, name: string, ...words) =>
    subcommand("config", name, words, {
      get: [-3, (_client, ...patterns) => {
        const wanted = patterns.map((pattern) => toMatcher(pattern.toLowerCase()));
        return bulks(Object.entries(SETTINGS).filter(([key]) => wanted.some((matches) => matches(key))).flat());
      }],
    }, client)],
  command: [-1, (client, name, ...words) => {
    const { commands } = client.redis;
    if (name === undefined) {
      return array(Object.entries(commands).map(([name, [arity]]) => describe(name, arity)));
    }
    return subcommand("command", name, words, {
      count: [2, () => integer(Object.keys(commands).length)],
      // redis-cli asks for its hints; it does without.
      docs: [-2, () => array([])],
    }, client);
  }],
};

/** Name, arity, flags, and where its keys are, which is not told. */
function describe(name: string, arity: number): string {
  return array([bulk(name), integer(arity), array([]), integer(0), integer(0), integer(0)]);
}

function subcommand(command: string, name: string, words: string[], known: Commands, client: Client): string {
  const found = Object.hasOwn(known, name.toLowerCase()) ? known[name.toLowerCase()] as Command : undefined;
  if (found === undefined) {
    throw new CommandError(`ERR unknown subcommand '${name}'. Try ${command.toUpperCase()} HELP.`);
  }
  const [arity, handler] = found;
  const length = words.length + 2;
  if (arity < 0 ? length < -arity : length !== arity) {
    throw new CommandError(`ERR wrong number of arguments for '${command}|${name.toLowerCase()}' command`);
  }
  return handler(client, ...words) as string;
}

function info({ clients, stores, started }: Client["redis"], sections: string[]): string {
  const seconds = Math.floor((performance.now() - started) / 1_000);
  const all: Record<string, string[]> = {
    Server: ["redis_version:7.0.0", "redis_mode:standalone", `uptime_in_seconds:${seconds}`],
    Clients: [`connected_clients:${clients.size}`],
    Replication: ["role:master", "connected_slaves:0"],
    Keyspace: stores.flatMap(({ size, expiring }, i) =>
      size === 0 ? [] : [`db${i}:keys=${size},expires=${expiring},avg_ttl=0`]
    ),
  };
  const wanted = new Set(sections.map((section) => section.toLowerCase()));
  const everything = wanted.size === 0 || ["all", "default", "everything"].some((word) => wanted.has(word));
  return Object.entries(all)
    .filter(([section]) => everything || wanted.has(section.toLowerCase()))
    .map(([section, lines]) => [`# ${section}`, ...lines, ""].join("\r\n"))
    .join("\r\n");
}
