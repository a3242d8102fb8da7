/**
 * What all clients share.
 *
 * @module
 */
import type { Client } from "./client.ts";
import type { Commands } from "./command.ts";
import { collections } from "./commands/collections.ts";
import { keys } from "./commands/keys.ts";
import { lists } from "./commands/lists.ts";
import { server } from "./commands/server.ts";
import { strings } from "./commands/strings.ts";
import { Store } from "./store.ts";

export class Redis {
  readonly started: number = performance.now();
  /** Without a prototype: nobody shall call `CONSTRUCTOR`. */
  readonly commands: Commands = Object.assign(Object.create(null), server, strings, keys, lists, collections);
  readonly stores: readonly Store[] = Array.from({ length: 16 }, () => new Store());
  readonly clients = new Set<Client>();
  readonly channels = new Map<string, Set<Client>>();
  #lastId = 0;

  /** Adds a client and gives its number. */
  admit(client: Client): number {
    this.clients.add(client);
    return ++this.#lastId;
  }

  forget(client: Client): void {
    for (const channel of client.channels) this.unsubscribe(client, channel);
    this.clients.delete(client);
  }

  subscribe(client: Client, channel: string): void {
    client.channels.add(channel);
    const subscribers = this.channels.get(channel) ?? new Set();
    this.channels.set(channel, subscribers.add(client));
  }

  unsubscribe(client: Client, channel: string): void {
    client.channels.delete(channel);
    const subscribers = this.channels.get(channel);
    subscribers?.delete(client);
    if (subscribers?.size === 0) this.channels.delete(channel);
  }
}
