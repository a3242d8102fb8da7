/**
 * An echo over `Deno.Conn` and nothing else: `bare_deno.ts [bytes of each connection's buffer [copy]]`. With `copy` it sends each message from
 * memory of its own, as whoever keeps what has come must do. Prints its port.
 *
 * @module
 */
import { collectWhenAsked } from "./collect.ts";

const BUFFER = Number(Deno.args[0] ?? 65_536);
const COPY = Deno.args[1] === "copy";

async function echo(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const buffer = new Uint8Array(BUFFER);
  try {
    for (;;) {
      const length = await conn.read(buffer);
      if (length === null) break;
      const bytes = COPY ? buffer.slice(0, length) : buffer.subarray(0, length);
      for (let sent = 0; sent < length;) sent += await conn.write(sent === 0 ? bytes : bytes.subarray(sent));
    }
  } catch {
    // The client has reset the connection.
  }
  conn.close();
}

collectWhenAsked();
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(listener.addr.port);
for await (const conn of listener) void echo(conn);
