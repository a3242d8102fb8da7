/**
 * Checks before a request becomes a WebSocket: of the options, and of what the client asks for.
 *
 * @module
 */
import { checkOptions as checkNamed, type OptionNames } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import { type HeadersSource, ITS_OWN, toHeaders } from "./headers.ts";
import { HttpError } from "./http_error.ts";
import { checkLimit, checkOnDraining } from "./option_checks.ts";

/**
 * The options of {@linkcode upgradeWebSocket}.
 *
 * @category WebSockets
 */
export interface UpgradeWebSocketOptions {
  /** The subprotocols that are spoken here, the best first: the first one that the client knows too is agreed on. */
  readonly protocols?: readonly string[] | undefined;
  /**
   * Headers of the answer, cookies for example. Those that middleware sets on the response reach the client as well. What the handshake
   * consists of is not among them. In Hono `c.header()` and `setCookie()` before the response is made count only for responses that are
   * made by `c`: return `c.newResponse(null, upgradeWebSocket(…))` then.
   */
  readonly headers?: HeadersSource | undefined;
  /**
   * The longest message that is taken, in bytes or in characters of text; 1 MiB (1,048,576) by default, null for no limit. A longer one
   * closes the WebSocket with 1009. Bun never takes more than 16 MiB.
   */
  readonly limit?: number | null | undefined;
  /**
   * The most bytes of messages that wait to be received; 16 MiB by default, null for no limit. Deno and Bun have no way to hold a client up that sends
   * faster than it is listened to: beyond this the WebSocket is closed with 1008. On Node the client is held up instead.
   */
  readonly backlog?: number | null | undefined;
  /**
   * Milliseconds between two pings, 30,000 by default, null for none. A client that has not answered one when the next is due
   * counts as lost. Deno pings by itself, and counts whole seconds.
   */
  readonly heartbeat?: number | null | undefined;
  /**
   * What happens when the server begins to close: `"end"`, the default, cancels the function, and the WebSocket closes with 1001;
   * `"continue"` lets it go on to the end of the grace period.
   */
  readonly onDraining?: "end" | "continue" | undefined;
}

const NAMES: OptionNames<UpgradeWebSocketOptions> = {
  protocols: true,
  headers: true,
  limit: true,
  backlog: true,
  heartbeat: true,
  onDraining: true,
};

/** The options with their defaults. */
export interface Settings {
  readonly protocols: readonly string[];
  readonly limit: number;
  readonly backlog: number;
  readonly heartbeat: number;
  readonly onDraining: "end" | "continue";
}

/** Refuses a request that asks for something else. */
export function checkUpgrade({ method, headers }: Request): void {
  const upgrades = /(^|,)\s*websocket\s*($|,)/i.test(headers.get("upgrade") ?? "");
  if (!upgrades || method !== "GET") {
    throw new HttpError(426, "This is for WebSockets.", { headers: { upgrade: "websocket", connection: "upgrade" } });
  }
  if (!/(^|,)\s*upgrade\s*($|,)/i.test(headers.get("connection") ?? "")) {
    throw new HttpError(400, "The header Connection does not say Upgrade.");
  }
  if (headers.get("sec-websocket-version") !== "13") {
    throw new HttpError(426, "The version of WebSockets is 13 here.", { headers: { "sec-websocket-version": "13" } });
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers.get("sec-websocket-key") ?? "")) {
    throw new HttpError(400, "The header Sec-WebSocket-Key is missing, or no key.");
  }
}

/** The first of the protocols that the client offers too. */
export function chooseProtocol(protocols: readonly string[], offered: string | null): string | undefined {
  const known = new Set((offered ?? "").split(",").map((protocol) => protocol.trim()));
  return protocols.find((protocol) => known.has(protocol));
}

/** Checks the options, and fills in what is missing. */
export function checkOptions(options: UpgradeWebSocketOptions): Settings {
  checkNamed(options, "upgradeWebSocket", NAMES);
  const { protocols = [], limit = 1_048_576, backlog = 16 * 1_048_576, heartbeat = 30_000, onDraining = "end" } =
    options;
  if (!Array.isArray(protocols) || !protocols.every((protocol) => /^[!#$%&'*+\-.^_`|~\w]+$/.test(String(protocol)))) {
    throw new TypeError(
      `Cannot upgrade to a WebSocket with ${
        describeKind(protocols)
      } as protocols: give an array of names, such as ["chat.v1"].`,
    );
  }
  for (const [name, value] of Object.entries({ limit, backlog, heartbeat })) {
    const unit = name === "heartbeat" ? "milliseconds" : "bytes";
    checkLimit(value, "upgrade to a WebSocket", name, { unit, above: 0 });
  }
  checkOnDraining(onDraining, "upgradeWebSocket");
  checkHeaders(options.headers);
  return {
    protocols,
    limit: limit ?? Infinity,
    backlog: backlog ?? Infinity,
    heartbeat: heartbeat ?? Infinity,
    onDraining,
  };
}

function checkHeaders(headers: HeadersSource | undefined): void {
  if (headers === undefined) return;
  let names: string[];
  try {
    names = [...toHeaders(headers).keys()];
  } catch (cause) {
    throw new TypeError(
      `Cannot upgrade to a WebSocket with ${describeKind(headers)} as headers: ${
        cause instanceof Error ? cause.message : cause
      } Give names and values, such as { "set-cookie": "a=b" }.`,
      { cause },
    );
  }
  const own = names.find((name) => ITS_OWN.test(name));
  if (own !== undefined) {
    throw new TypeError(
      `Cannot upgrade to a WebSocket with the header ${own}: it belongs to the handshake. Leave it out` +
        `${own === "sec-websocket-protocol" ? ", and give protocols" : ""}.`,
    );
  }
}
