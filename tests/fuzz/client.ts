/**
 * A client that does what an input says.
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Input } from "./input.ts";
import type { Ports } from "./subject.ts";

/** Milliseconds without a byte after which nothing more is expected. */
const QUIET = 12;
/** Milliseconds after which a client leaves in any case. */
const LONGEST = 300;

/** Milliseconds after which a socket counts as closed that does not say so. */
const PATIENCE = 5_000;

/** Sends an input, ends as it says, and gives what came (its first bytes). */
export async function send(ports: Ports, input: Input): Promise<string> {
  const raw = connect(ports[input.door], "127.0.0.1");
  let late: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<string>((resolve) => late = setTimeout(() => resolve(""), PATIENCE));
  try {
    return await Promise.race([talk(raw, input), limit]);
  } finally {
    clearTimeout(late);
    raw.destroy();
  }
}

async function talk(raw: Socket, input: Input): Promise<string> {
  let came = "";
  raw.on("error", () => {});
  const closed = new Promise<void>((resolve) => raw.once("close", () => resolve()));
  await Promise.race([new Promise((resolve) => raw.once("connect", resolve)), closed]);
  raw.setNoDelay(true);
  const socket = input.inside ? await secure(raw) : raw;
  if (input.ending === "deaf") socket.pause();
  else {
    socket.on("data", (chunk: Uint8Array) => {
      if (came.length < 2_000) came += new TextDecoder("latin1").decode(chunk);
    });
  }
  for (const [i, piece] of input.pieces.entries()) {
    if (raw.destroyed) break;
    socket.write(piece);
    if (i + 1 < input.pieces.length) await turn();
  }
  if (input.beneath !== undefined && !raw.destroyed) {
    await turn();
    raw.write(input.beneath);
  }
  await end(raw, socket, input, closed);
  return came;
}

async function end(raw: Socket, socket: Socket, { ending }: Input, closed: Promise<void>): Promise<void> {
  // A reset while the session is just being ended is refused, and Node then never closes the socket, nor ends.
  if (ending === "reset" && !(socket.writableEnded && !socket.writableFinished)) raw.resetAndDestroy();
  else if (ending !== "leave") {
    if (ending === "finish") socket.end();
    await Promise.race([closed, quiet(socket)]);
  }
  if (socket !== raw) {
    // In a turn of its own: Node crashes when TLS goes in the same turn as the socket below it.
    await turn();
    socket.destroy();
    await turn();
  }
  raw.destroy();
  await closed;
}

/** Resolves when nothing has come for a while. */
function quiet(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const end = performance.now() + LONGEST;
    let timer = setTimeout(resolve, QUIET);
    socket.on("data", () => {
      clearTimeout(timer);
      if (performance.now() < end) timer = setTimeout(resolve, QUIET);
      else resolve();
    });
  });
}

/** A session of TLS, or the socket itself if there is none. */
async function secure(raw: Socket): Promise<Socket> {
  const session = connectTls({ socket: raw, rejectUnauthorized: false });
  session.on("error", () => {});
  const secured = new Promise((resolve) => session.once("secureConnect", resolve));
  const failed = new Promise((resolve) => session.once("close", resolve));
  await Promise.race([secured, failed]);
  return session;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
