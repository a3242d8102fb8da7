/**
 * Prints the lines that come by a FIFO, with `addReader()`: the loop tells when there is something to read, and the program reads it by itself. A
 * serial line or any other device is read in the same way.
 *
 * ```sh
 * mkfifo /tmp/lines
 * bun run examples/fifo_reader.ts /tmp/lines
 * deno run --allow-ffi --allow-read --allow-write examples/fifo_reader.ts /tmp/lines
 * ```
 *
 * Then, from another terminal:
 *
 * ```sh
 * echo hello > /tmp/lines
 * echo quit > /tmp/lines
 * ```
 *
 * It needs the selector: Linux, and Bun or Deno.
 *
 * @module
 */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { EventLoop, main } from "@loop/asyncio";
import { selectorAdapter } from "@loop/asyncio/selector";
import { readArguments } from "./command_line/arguments.ts";

const { positionals: [path = "/tmp/lines"] } = readArguments("fifo_reader.ts [FIFO]", { allowPositionals: true });

const loop = new EventLoop({ adapter: selectorAdapter() });

main(function* () {
  const quit = loop.createFuture<void>();
  const decoder = new TextDecoder();
  const memory = new Uint8Array(4_096);
  let rest = "";
  // Open for both directions, so that it does not end with each program that has written to it.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  loop.addReader(fd, () => {
    const lines = (rest + decoder.decode(memory.subarray(0, readSync(fd, memory)), { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      console.log(line);
      if (line === "quit" && !quit.done()) quit.setResult();
    }
  });
  try {
    yield* quit;
  } finally {
    loop.removeReader(fd);
    closeSync(fd);
  }
}, { loopFactory: () => loop });
