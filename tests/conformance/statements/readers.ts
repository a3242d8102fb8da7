/**
 * Statements about stream readers that are fed by hand.
 *
 * @module
 */
import type { Coroutine, StreamReader } from "../../../mod.ts";
import type { Machine, Operations } from "../machine.ts";
import { encode, makeError, show } from "../values.ts";

function reader(machine: Machine, name: string): StreamReader {
  return machine.objects.get(name) as StreamReader;
}

/** `feed`, `feed_eof`, `at_eof`, `reader_exception`, `read`, `readline`, `readexactly` and `readuntil`. */
export const readers: Operations = {
  feed(machine, name: string, text: string) {
    reader(machine, name).feedData(encode(text));
  },

  feed_eof(machine, name: string) {
    reader(machine, name).feedEof();
  },

  reader_exception(machine, name: string, error: string, message?: string | null) {
    reader(machine, name).setException(makeError(error, message));
  },

  at_eof(machine, name: string) {
    machine.say(`${name}.at_eof() = ${reader(machine, name).atEof()}`);
  },

  *read(machine, name: string, n: number): Coroutine<undefined> {
    const data = yield* reader(machine, name).read(n);
    machine.say(`read ${show(data)}`);
    return undefined;
  },

  *readline(machine, name: string): Coroutine<undefined> {
    const data = yield* reader(machine, name).readline();
    machine.say(`readline ${show(data)}`);
    return undefined;
  },

  *readexactly(machine, name: string, n: number): Coroutine<undefined> {
    const data = yield* reader(machine, name).readexactly(n);
    machine.say(`readexactly ${show(data)}`);
    return undefined;
  },

  *readuntil(machine, name: string, separator: string | readonly string[]): Coroutine<undefined> {
    const separators = typeof separator === "string" ? encode(separator) : separator.map(encode);
    const data = yield* reader(machine, name).readuntil(separators);
    machine.say(`readuntil ${show(data)}`);
    return undefined;
  },
};
