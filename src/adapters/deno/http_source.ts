/**
 * Where the requests of a server come from.
 *
 * @module
 */

/** A connection, or all of them where Deno does not tell them apart: it wants to know whether something is being answered. */
export interface HttpLane {
  /** Something takes its time: a handler, or a body that is sent bit by bit. */
  begins(): void;
  /** That is over. */
  ends(): void;
  /** A response was given that Deno sends by itself. */
  answered(): void;
  /** The connection has become a WebSocket, and no other request comes by it. */
  leaves(): void;
}

/** Answers a request of a lane. */
export type Dispatch = (
  request: Request,
  info: Deno.ServeHandlerInfo,
  lane: HttpLane,
) => Response | Promise<Response>;

/** Listens, and has requests answered. */
export interface HttpSource {
  /** Where it listens. */
  readonly addr: Deno.Addr;
  /**
   * Accepts nothing more, and resolves when every connection is closed, each once it is idle, and what has become of some of them is
   * over as well. Called once.
   */
  close(others: Promise<void>): Promise<void>;
  /** Cuts what can be cut. */
  cut(): void;
  /** It alone does not keep the process alive any more. */
  unref(): void;
}

/** What a source tells beside requests. */
export interface SourceEvents {
  /** Something made it impossible to send a response; returns the one to send in its place. */
  readonly failed: (error: unknown) => Response;
  /** Nobody can connect. Called once for each outage. */
  readonly acceptFailed: (error: Error) => void;
}
