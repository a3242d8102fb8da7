/**
 * Ports for programs that cannot choose one by themselves and say which it is.
 *
 * @module
 */

import { createServer } from "node:net";

/** None of them is in the range from which systems take a port for whoever asks for any, as other tests do all the time. */
const [FIRST, COUNT] = [20_000, 10_000] as const;

/** A port that nothing listens on just now, and that nobody gets who does not ask for it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
