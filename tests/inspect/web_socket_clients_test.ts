/**
 * Clients of an inspector that do not take what they are sent.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { CoreAdapter } from "../../src/adapters/adapter.ts";
import type { HostWebSocket } from "../../src/adapters/web_socket.ts";
import { WebSocketClients } from "../../src/inspect/web_socket_clients.ts";

/** A client of which so much is kept at each look, and whether it was cut. */
function look(...kept: number[]): { cut: number; timers: number } {
  const timers = new Set<() => void>();
  const adapter = {
    setTimer(_delay: number, callback: () => void) {
      timers.add(callback);
      return callback;
    },
    clearTimer: (timer: () => void) => void timers.delete(timer),
  } as unknown as CoreAdapter;
  const nothing = () => {};
  const events = { opened: nothing, message: nothing, pong: nothing, drained: nothing, closed: nothing };
  const limited = new WebSocketClients(adapter).limited(events);
  let cut = 0;
  let bufferedAmount = 0;
  const socket = {
    get bufferedAmount() {
      return bufferedAmount;
    },
    abort: () => void cut++,
  } as HostWebSocket;
  limited.opened(socket);
  for (bufferedAmount of kept) {
    for (const timer of [...timers]) {
      timers.delete(timer);
      timer();
    }
  }
  limited.closed(1006, "");
  return { cut, timers: timers.size };
}

describe("WebSocketClients", () => {
  it("cuts a client that takes nothing of what is kept for it", () => {
    assertEquals(look(5_000_000, 5_000_000), { cut: 1, timers: 0 });
    assertEquals(look(0, 0, 1_000, 4_000, 4_000, 4_000), { cut: 1, timers: 0 });
  });

  it("leaves one that takes it slowly, or has all", () => {
    assertEquals(look(0, 0, 0), { cut: 0, timers: 0 });
    assertEquals(look(5_000_000, 4_999_999, 4_000_000, 4_500_000, 0, 0), { cut: 0, timers: 0 });
  });
});
