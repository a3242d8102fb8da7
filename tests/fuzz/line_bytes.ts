/**
 * Lines, and blocks with their length before them, right and wrong.
 *
 * @module
 */
import { join, latin1 } from "./mutate.ts";
import type { Random } from "./random.ts";

/** What the server of lines reads: `echo …`, `block N` and N bytes, `until X` and bytes up to X. */
export function lines(random: Random): Uint8Array {
  return join(random.several(20, () =>
    random.make<Uint8Array>(
      () => latin1(`echo ${"x".repeat(random.length(3_000))}\n`),
      () => {
        const bytes = random.bytes(random.length(70_000));
        const length = random.oneIn(5)
          ? random.pick(["-1", "x", "", "1e9", "99999999999999999999", "0.5"])
          : String(bytes.length);
        return join([latin1(`block ${length}\n`), bytes]);
      },
      () => latin1(`until |\n${"y".repeat(random.length(70_000))}${random.oneIn(4) ? "" : "|"}`),
      () => latin1(random.pick(["\n", "\r\n", "quit\n", "nothing\n", "fail\n", "echo", "\0\n", "pause\n"])),
      () => random.bytes(random.length(2_000)),
    )));
}
