/** A chat room: a WebSocket each, and a queue each between what is said and what they are sent. */
import type { Hono } from "hono";
import { type Coroutine, Queue, QueueFull, QueueShutDown, taskGroup } from "@loop/asyncio";
import { type ServerWebSocket, upgradeWebSocket } from "@loop/asyncio/http";
import { routes } from "@loop/asyncio/hono";

/** So many lines may wait for somebody who does not read. */
const QUEUED_LINES = 100;
/** So many characters of a line are passed on. */
const LONGEST_LINE = 500;

interface Member {
  readonly name: string;
  readonly lines: Queue<string>;
}

export class Room {
  readonly #members = new Set<Member>();

  names(): string[] {
    return [...this.#members].map(({ name }) => name);
  }

  /** Somebody is here for as long as the socket is open; when it closes, receive() throws, and that ends both tasks. */
  *enter(name: string, socket: ServerWebSocket): Coroutine<void> {
    const member = { name, lines: new Queue<string>(QUEUED_LINES) };
    this.#members.add(member);
    this.#say(`${name} has come`);
    try {
      yield* taskGroup((group) => {
        group.createTask(deliver(member, socket), { name: `to ${name}` });
        return this.#listen(member, socket);
      });
    } finally {
      this.#members.delete(member);
      this.#say(`${name} has left`);
    }
  }

  *#listen({ name }: Member, socket: ServerWebSocket): Coroutine<void> {
    for (;;) {
      const message = yield* socket.receive();
      if (typeof message === "string") this.#say(`${name}: ${message.slice(0, LONGEST_LINE)}`);
      else yield* socket.close(1003, "this is a chat of words");
    }
  }

  /** Never waits: nobody is held up by somebody who does not read, and who has to go. */
  #say(line: string): void {
    for (const { lines } of this.#members) {
      try {
        lines.putNowait(line);
      } catch (error) {
        if (error instanceof QueueFull) lines.shutdown({ immediate: true });
        else if (!(error instanceof QueueShutDown)) throw error;
      }
    }
  }
}

function* deliver({ lines }: Member, socket: ServerWebSocket): Coroutine<void> {
  for (;;) {
    let line: string;
    try {
      line = yield* lines.get();
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error;
      return yield* socket.close(4000, "you did not read");
    }
    yield* socket.send(line);
  }
}

export function addChat(app: Hono, room: Room): void {
  routes(app).get("/chat", (c) => {
    const name = c.req.query("name")?.trim().slice(0, 20) || "somebody";
    return upgradeWebSocket(c.req.raw, (socket) => room.enter(name, socket));
  });
}
