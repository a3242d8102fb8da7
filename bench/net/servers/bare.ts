/**
 * An echo over the sockets of the runtime that runs this, and nothing else. Prints its port.
 *
 * On Deno, `bare.ts [bytes of each connection's buffer [copy]]`: with `copy` it sends each message from memory of its own, as whoever keeps what has
 * come must do. On Bun it keeps what the system does not take at once.
 */
import type { AddressInfo } from "node:net";
import { env } from "node:process";
import { bun, type BunSocket } from "../../harness/bun.ts";
import { tellBeside } from "./beside.ts";
import { collectWhenAsked } from "./collect.ts";

const ADDRESS = { hostname: "127.0.0.1", port: 0 };

async function onDeno(size: number, copy: boolean): Promise<void> {
  const listener = Deno.listen(ADDRESS);
  console.log(listener.addr.port);
  for await (const conn of listener) void echo(conn);

  async function echo(conn: Deno.TcpConn): Promise<void> {
    conn.setNoDelay(true);
    const buffer = new Uint8Array(size);
    try {
      for (;;) {
        const length = await conn.read(buffer);
        if (length === null) break;
        const bytes = copy ? buffer.slice(0, length) : buffer.subarray(0, length);
        for (let sent = 0; sent < length;) sent += await conn.write(sent === 0 ? bytes : bytes.subarray(sent));
      }
    } catch {
      // The client has reset the connection.
    }
    conn.close();
  }
}

function onBun(): void {
  type Socket = BunSocket<Uint8Array | null>;
  const send = (socket: Socket, bytes: Uint8Array) => {
    const taken = Math.max(socket.write(bytes), 0);
    socket.data = taken < bytes.length ? bytes.subarray(taken) : null;
  };
  const join = (first: Uint8Array, second: Uint8Array) => {
    const all = new Uint8Array(first.length + second.length);
    all.set(first);
    all.set(second, first.length);
    return all;
  };
  const { port } = bun.listen<Uint8Array | null>({
    ...ADDRESS,
    socket: {
      binaryType: "uint8array",
      open: (socket) => void (socket.data = null),
      data: (socket, bytes) => {
        if (socket.data === null) send(socket, bytes);
        else socket.data = join(socket.data, bytes);
      },
      drain: (socket) => {
        if (socket.data !== null) send(socket, socket.data);
      },
      error: (socket) => socket.terminate(),
    },
  });
  console.log(port);
}

async function onNode(): Promise<void> {
  const { createServer } = await import("node:net");
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", (bytes) => {
      if (!socket.write(bytes)) socket.pause();
    });
    socket.on("drain", () => socket.resume());
    socket.on("error", () => socket.destroy());
  });
  server.listen(0, ADDRESS.hostname, 1024, () => console.log((server.address() as AddressInfo).port));
}

if (env["BESIDE"] === undefined) collectWhenAsked();
else tellBeside();
if ("Bun" in globalThis) onBun();
else if ("Deno" in globalThis) await onDeno(Number(Deno.args[0] ?? 65_536), Deno.args[1] === "copy");
else await onNode();
