/**
 * Clients that do everything right, and have to be served whatever the others did.
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { tail, within } from "../within.ts";
import { HANDSHAKE } from "./frame_bytes.ts";
import { TIME_OF_A_CLIENT } from "./limits.ts";
import type { Ports } from "./subject.ts";

const GET = "GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
const POST = "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 6\r\n\r\nechoed";
/** "hi" from a client, and from a server. */
const [SAYS, HEARS] = [Uint8Array.of(0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69), "\x81\x02hi"];

/** Fails if a server does not serve. */
export async function checkService(ports: Ports): Promise<void> {
  await Promise.all([
    served("GET", () => plain(ports.http), [GET], "plain"),
    served("POST", () => plain(ports.http), [POST], "echoed"),
    served("a WebSocket", () => plain(ports.http), [HANDSHAKE, SAYS], HEARS),
    served("GET over TLS", () => secure(ports.https), [GET], "plain"),
    served("PING", () => plain(ports.resp), ["*1\r\n$4\r\nPING\r\n"], "+PONG\r\n"),
    served("a line", () => plain(ports.lines), ["echo line\n"], "echo line\n"),
    served("a line over TLS", () => secure(ports.tls), ["echo line\n"], "echo line\n"),
  ]);
}

/**
 * Talks, and once more where that took longer than a server gives a client: one that stands still so long, as everything does on a machine that
 * does, is cut off, and that is right.
 */
async function served(what: string, open: () => Socket, says: readonly (string | Uint8Array)[], hears: string) {
  for (let tries = 1;; tries++) {
    const start = performance.now();
    try {
      return await talk(what, open(), says, hears);
    } catch (error) {
      if (performance.now() - start < TIME_OF_A_CLIENT - 100 || tries === 5) throw error;
    }
  }
}

/** Says something once the connection is there, waits for the answer, and leaves as one should. */
async function talk(
  what: string,
  socket: Socket,
  says: readonly (string | Uint8Array)[],
  hears: string,
): Promise<void> {
  let came = "";
  let failure: Error | null = null;
  const answered = new Promise<void>((resolve, reject) => {
    const ended = () =>
      reject(new Error(`${what} was not answered by ${JSON.stringify(hears)}. ${failure ?? ""} ${said()}`));
    socket.on("data", (chunk: Uint8Array) => {
      came += new TextDecoder("latin1").decode(chunk);
      if (came.includes(hears)) resolve();
    });
    socket.on("error", (error) => failure = error);
    socket.on("end", ended);
    socket.on("close", ended);
  });
  const said = () => `It was sent: ${tail(came)}`;
  for (const part of says) socket.write(part);
  try {
    await within(answered, `the answer to ${what}`, said);
  } finally {
    // A mask of zeros, and no code.
    if (what === "a WebSocket") socket.write(Uint8Array.of(0x88, 0x80, 0, 0, 0, 0));
    socket.end();
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => socket.destroy(), 1_000);
      const gone = () => {
        clearTimeout(late);
        resolve();
      };
      if (socket.closed) gone();
      else socket.once("close", gone);
    });
  }
}

function plain(port: number): Socket {
  return connect(port, "127.0.0.1");
}

function secure(port: number): Socket {
  return connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
}
