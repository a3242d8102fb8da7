/**
 * `serve()` and clients that leave, stall, flood it, half-close, and talk by WebSockets, on a network that fails.
 *
 * @module
 */
import {
  type Coroutine,
  gather,
  IncompleteReadError,
  openConnection,
  OSError,
  sleep,
  type StreamReader,
  type StreamWriter,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import {
  type HttpServer,
  type ResponseStream,
  serve,
  type ServerWebSocket,
  streamResponse,
  upgradeWebSocket,
} from "../../src/http/mod.ts";
import type { SimulatedNetwork } from "../../src/testing/mod.ts";
import { cutAndMend, Dice } from "./faults.ts";

const CLIENTS = ["ann", "bob", "cid", "dot"] as const;
const PORT = 80;
const PARTS = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function* parts(stream: ResponseStream): Coroutine<void> {
  for (let i = 0; i < PARTS; i++) {
    yield* stream.write(`part ${i};`);
    yield* sleep(20);
  }
}

function* talk(socket: ServerWebSocket): Coroutine<void> {
  for (;;) yield* socket.send(yield* socket.receive());
}

function* handler(request: Request): Coroutine<Response> {
  const { pathname } = new URL(request.url);
  switch (pathname) {
    case "/slow":
      yield* sleep(50);
      return new Response("slow");
    case "/parts":
      return streamResponse(parts);
    case "/socket":
      return upgradeWebSocket(request, talk);
    default:
      return new Response(`hello ${pathname}`);
  }
}

async function answer(request: Request): Promise<Response> {
  return new Response(`you said ${await request.text()}`);
}

type Connection = readonly [reader: StreamReader, writer: StreamWriter];

/** Reads a response: its status and its body. */
async function readResponse([reader]: Connection): Promise<[status: number, body: string]> {
  const head = decoder.decode(await reader.readuntil(encoder.encode("\r\n\r\n")));
  const status = Number(head.slice(9, 12));
  const [, length] = /content-length: (\d+)/i.exec(head) ?? [];
  if (length !== undefined) return [status, decoder.decode(await reader.readexactly(Number(length)))];
  let body = "";
  for (;;) {
    const size = parseInt(decoder.decode(await reader.readline()), 16);
    body += decoder.decode(await reader.readexactly(size + 2)).slice(0, -2);
    if (size === 0) return [status, body];
  }
}

function requestOf(path: string, body?: string): string {
  const head = `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1\r\nHost: server\r\n`;
  return body === undefined ? `${head}\r\n` : `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** A request, and the body of its answer. */
function exchangeBy(dice: Dice): readonly [request: string, body: string] {
  const word = "x".repeat(dice.below(2_000));
  return dice.pick([
    [requestOf("/quick"), "hello /quick"],
    [requestOf("/slow"), "slow"],
    [requestOf("/parts"), Array.from({ length: PARTS }, (_, i) => `part ${i};`).join("")],
    [requestOf("/echo", word), `you said ${word}`],
  ]);
}

function check(what: string, [status, body]: readonly [number, string], expected: string): void {
  if (status === 200 && body === expected) return;
  throw new Error(`${what} was answered ${status} ${JSON.stringify(body.slice(0, 200))}`);
}

/** A frame with a short text, masked by zeros. */
function frameOf(opcode: number, text: string): Uint8Array {
  const payload = encoder.encode(text);
  return new Uint8Array([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);
}

/** What clients do. */
const visits: Record<string, (connection: Connection, dice: Dice) => Promise<void>> = {
  /** Asks, reads, asks again. */
  async asks(connection, dice) {
    for (let i = 0; i < 4; i++) {
      const [request, body] = exchangeBy(dice);
      connection[1].write(encoder.encode(request));
      check("A request", await readResponse(connection), body);
      await sleep(dice.below(30));
    }
  },
  /** Leaves in the middle of something. */
  async leaves([, writer], dice) {
    writer.write(encoder.encode(exchangeBy(dice)[0]));
    await sleep(dice.below(120));
    writer.transport.abort();
  },
  /** Says half of what it has to say, and then nothing for very long. */
  async stalls([, writer], dice) {
    const [request] = exchangeBy(dice);
    writer.write(encoder.encode(request.slice(0, dice.below(request.length))));
    await sleep(15_000);
  },
  /** Asks much at once, and reads late. */
  async floods(connection, dice) {
    const asked = Array.from({ length: 30 }, () => exchangeBy(dice));
    connection[1].write(encoder.encode(asked.map(([request]) => request).join("")));
    await sleep(dice.below(500));
    for (const [, body] of asked) check("One of many requests", await readResponse(connection), body);
  },
  /** Ends what it says with its request. It gets its answer, or sees the end. */
  async halfCloses(connection, dice) {
    const [request, body] = exchangeBy(dice);
    connection[1].write(encoder.encode(request));
    connection[1].writeEof();
    const said = decoder.decode(await connection[0].read());
    if (said !== "" && body.startsWith("hello") && !said.endsWith(body)) {
      throw new Error(`Half-closed, a client got ${JSON.stringify(said)}`);
    }
  },
  /** Makes the connection a WebSocket, and talks by it. */
  async talks([reader, writer], dice) {
    const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    writer.write(
      encoder.encode(`GET /socket HTTP/1.1\r\nHost: server\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`),
    );
    const head = decoder.decode(await reader.readuntil(encoder.encode("\r\n\r\n")));
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(`No WebSocket: ${head}`);
    for (let i = 0; i < 5; i++) {
      writer.write(frameOf(1, `message ${i}`));
      const [first, length] = await reader.readexactly(2);
      const text = decoder.decode(await reader.readexactly(length!));
      if (first !== 0x81 || text !== `message ${i}`) throw new Error(`Message ${i} came back as ${first} ${text}`);
      await sleep(dice.below(20));
    }
    if (dice.below(2) === 0) writer.write(frameOf(8, ""));
  },
};

async function visit(dice: Dice): Promise<void> {
  const act = visits[dice.pick(Object.keys(visits))]!;
  let connection: Connection | null = null;
  try {
    await timeout(60_000, async () => {
      connection = await openConnection("server", PORT);
      await act(connection, dice);
    });
  } catch (error) {
    // What the network does is no fault; and a server closes who is too slow.
    if (!(error instanceof OSError || error instanceof TimeoutError || error instanceof IncompleteReadError)) {
      throw error;
    }
    (connection as Connection | null)?.[1].transport.abort();
  } finally {
    (connection as Connection | null)?.[1].close();
  }
}

/** Many visits; what is answered is right, and in the end nothing is left of them: no request, no task, no socket, and the server closes. */
export async function served(network: SimulatedNetwork, seed: number): Promise<void> {
  const dice = new Dice(seed);
  const host = network.addHost("server");
  const limits = { headTimeout: 10_000, keepAliveTimeout: 5_000, requestTimeout: 30_000 };
  let server: HttpServer | null = null;
  host.start(function* () {
    server = yield* serve(
      (request) => request.method === "POST" ? answer(request) : handler(request),
      { port: PORT, hostname: "0.0.0.0", ...limits },
    );
    yield* server.closed;
  });
  for (const name of CLIENTS) network.addHost(name);
  await sleep(50);
  const all = CLIENTS.map((name) =>
    network.host(name).run(async () => {
      for (let i = 0; i < 3; i++) await visit(dice);
    })
  );
  await gather([() => cutAndMend(network, "server", dice, 3), ...all]);
  // WebSockets are pinged, and what is held up by loss comes.
  await sleep(300_000);
  const { pending } = server!;
  if (pending > 0) throw new Error(`${pending} requests are still pending`);
  if (host.openSockets > 1) throw new Error(`${host.openSockets} sockets of the server are still open`);
  server!.close();
  await sleep(60_000);
  if (host.openSockets > 0) throw new Error(`${host.openSockets} sockets are open after close()`);
}
