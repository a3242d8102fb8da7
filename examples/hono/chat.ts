/** A chat room: a WebSocket each, and a queue each between what is said and what they are sent. */
import type { Hono } from "hono";

export class Room {
  names(): string[] {
    return [];
  }
}

export function addChat(app: Hono, _room: Room): void {
  app.get("/chat", (c) => c.text("not yet", 501));
}
