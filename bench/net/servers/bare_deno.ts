/**
 * An echo over `Deno.Conn` and nothing else: `bare_deno.ts [bytes of each connection's buffer]`. Prints its port.
 *
 * @module
 */
import { collectWhenAsked } from "./collect.ts";

const BUFFER = Number(Deno.args[0] ?? 65_536);

async function echo(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const buffer = new Uint8Array(BUFFER);
  try {
    for (;;) {
      const length = await conn.read(buffer);
      if (length === null) break;
      for (let sent = 0; sent < length;) sent += await conn.write(buffer.subarray(sent, length));
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
