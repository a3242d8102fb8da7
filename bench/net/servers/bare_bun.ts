/**
 * An echo over `Bun.listen` and nothing else; it keeps what the system does not take at once. Prints its port.
 *
 * @module
 */
import { bun, type BunSocket } from "../../harness/bun.ts";
import { collectWhenAsked } from "./collect.ts";

type Socket = BunSocket<Uint8Array | null>;

function send(socket: Socket, bytes: Uint8Array): void {
  const taken = Math.max(socket.write(bytes), 0);
  socket.data = taken < bytes.length ? bytes.subarray(taken) : null;
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

collectWhenAsked();
const { port } = bun.listen<Uint8Array | null>({
  hostname: "127.0.0.1",
  port: 0,
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
