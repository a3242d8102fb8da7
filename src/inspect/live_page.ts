/**
 * The live page, as the server of an inspector answers it.
 *
 * @module
 */
import type { HostWebSocket, HostWebSocketEvents } from "../adapters/web_socket.ts";
import { findBuiltin } from "../adapters/shared/process.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { PAGE, PAGE_POLICY } from "./page/page.ts";
import { PageFeed, type Viewer } from "./page_feed.ts";

/** A page that has not taken so many bytes yet is told nothing more before it has, and then everything anew. */
const MAX_UNSENT = 4 << 20;
/** Going away: what a server says that ends. */
const GOING_AWAY = 1001;
/** What a page has sent is no command. */
const POLICY_VIOLATION = 1008;

/** The live page of one loop, and those who look at it. */
export class LivePage {
  readonly #feed: PageFeed;
  readonly #sockets = new Set<HostWebSocket>();

  constructor(loop: HostLoop) {
    this.#feed = new PageFeed(loop, findBuiltin<{ readonly pid: number }>("node:process")?.pid ?? null);
  }

  /** The document, and what a browser may do for it. */
  static readonly document: { readonly html: string; readonly policy: string } = { html: PAGE, policy: PAGE_POLICY };

  /** What the WebSocket of a page tells. */
  events(): HostWebSocketEvents {
    let viewer: Viewer | null = null;
    let socket: HostWebSocket | null = null;
    return {
      opened: (opened) => {
        socket = opened;
        this.#sockets.add(opened);
        viewer = this.#feed.open((text) => opened.send(text), () => opened.bufferedAmount > MAX_UNSENT);
      },
      message: (data) => {
        try {
          viewer?.receive(typeof data === "string" ? data : "");
        } catch (error) {
          // A reason has few bytes, and the text of a client may have any.
          const reason = (error as Error).message.replace(/[^ -~]/g, "?").slice(0, 100);
          socket?.close(POLICY_VIOLATION, reason);
        }
      },
      pong: () => {},
      drained: () => {},
      closed: () => {
        if (socket !== null) this.#sockets.delete(socket);
        viewer?.close();
      },
    };
  }

  /** The loop has ended: tells everybody who looks on; returns whether there was somebody. */
  end(): boolean {
    const sockets = [...this.#sockets];
    this.#feed.close();
    for (const socket of sockets) socket.close(GOING_AWAY, "The loop has ended.");
    return sockets.length > 0;
  }
}
