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

/** A loop may have several inspectors. Its tasks are recorded once, for the pages of all of them. */
const feeds = new WeakMap<HostLoop, PageFeed>();

function feedOf(loop: HostLoop): PageFeed {
  let feed = feeds.get(loop);
  if (feed === undefined) {
    feed = new PageFeed(loop, findBuiltin<{ readonly pid: number }>("node:process")?.pid ?? null);
    feeds.set(loop, feed);
  }
  return feed;
}

/** The live page of one loop, and those who look at it by one inspector. */
export class LivePage {
  readonly #feed: PageFeed;
  readonly #open = new Map<HostWebSocket, Viewer>();

  constructor(loop: HostLoop) {
    this.#feed = feedOf(loop);
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
        viewer = this.#feed.open((text) => opened.send(text), () => opened.bufferedAmount > MAX_UNSENT);
        this.#open.set(opened, viewer);
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
        if (socket !== null) this.#open.delete(socket);
        viewer?.close();
      },
    };
  }

  /** The loop has ended: tells everybody who looks on; returns whether there was somebody. */
  end(): boolean {
    const open = [...this.#open];
    for (const [socket, viewer] of open) {
      viewer.end();
      socket.close(GOING_AWAY, "The loop has ended.");
    }
    return open.length > 0;
  }
}
