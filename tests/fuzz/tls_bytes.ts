/**
 * Records of TLS, right and wrong. The greeting is one that a client of Node's has sent; that its random numbers are always the same is nobody's
 * business.
 *
 * @module
 */
import { join, latin1, mutate } from "./mutate.ts";
import type { Random } from "./random.ts";

function record(type: number, payload: Uint8Array, version = 0x0303, length = payload.length): Uint8Array {
  return join([Uint8Array.of(type, version >> 8, version & 255, (length >> 8) & 255, length & 255), payload]);
}

function block(bytes: Uint8Array | readonly Uint8Array[], width: number): Uint8Array {
  const payload = bytes instanceof Uint8Array ? bytes : join(bytes);
  const head = Array.from({ length: width }, (_, i) => (payload.length >> (8 * (width - 1 - i))) & 255);
  return join([Uint8Array.from(head), payload]);
}

const u16 = (value: number) => Uint8Array.of(value >> 8, value & 255);

function extension(type: number, ...parts: Uint8Array[]): Uint8Array {
  return join([u16(type), block(parts, 2)]);
}

/** A client's greeting with what a server looks at. */
export function clientHello(random: Random): Uint8Array {
  const name = random.pick(["localhost", "", "a".repeat(300), "a\0b", "[::1]", "\xff"]);
  const protocols = random.several(
    3,
    () => block(latin1(random.pick(["http/1.1", "h2", "echo", "shout", "", "x".repeat(255)])), 1),
  );
  const extensions = [
    extension(0, block(join([Uint8Array.of(0), block(latin1(name), 2)]), 2)),
    extension(10, block([u16(0x001d), u16(0x0017)], 2)),
    extension(13, block([u16(0x0403), u16(0x0804), u16(0x0401)], 2)),
    extension(16, block(protocols, 2)),
    extension(43, block([u16(random.pick([0x0304, 0x0303, 0x0301, 0x7f1c])), u16(0x0303)], 1)),
    extension(51, block(join([u16(0x001d), block(random.bytes(random.pick([32, 32, 32, 0, 31, 65])), 2)]), 2)),
    ...(random.oneIn(4) ? [extension(random.below(65_536), random.bytes(random.length(500)))] : []),
  ];
  const hello = join([
    u16(0x0303),
    random.bytes(32),
    block(random.bytes(random.pick([0, 32, 33])), 1),
    block([u16(0x1301), u16(0x1302), u16(0xc02b), u16(0xc02f), u16(0x00ff)], 2),
    block(Uint8Array.of(0), 1),
    block(extensions, 2),
  ]);
  return join([Uint8Array.of(1), block(hello, 3)]);
}

/** Records in a row. */
export function records(random: Random): Uint8Array {
  const hello = () => record(22, clientHello(random), random.pick([0x0301, 0x0303, 0x0300, 0x0200]));
  const any = () => record(random.pick([20, 21, 22, 23, 24, 0, 255]), random.bytes(random.length(2_000)));
  return random.make<Uint8Array>(
    hello,
    () => mutate(random, hello()),
    () => join([hello(), hello()]),
    () => join([hello(), ...random.several(4, any)]),
    () => join([hello(), record(20, Uint8Array.of(1)), any()]),
    () => join([hello(), record(21, Uint8Array.of(random.pick([1, 2, 0]), random.below(256)))]),
    () => {
      const bytes = clientHello(random);
      return join(Array.from(bytes.subarray(0, 60), (byte) => record(22, Uint8Array.of(byte), 0x0301)));
    },
    () => record(22, random.bytes(100), 0x0303, random.pick([0, 16_385, 65_535])),
    () => join(random.several(5, any)),
    () => random.bytes(random.length(3_000)),
    () => latin1("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  );
}

/** What somebody puts into the connection beneath a session. */
export function beneath(random: Random): Uint8Array {
  return random.make<Uint8Array>(
    () => random.bytes(random.between(1, 300)),
    () => record(23, random.bytes(random.between(1, 300))),
    () => record(21, Uint8Array.of(2, random.below(256))),
    () => record(22, clientHello(random)),
    () => record(20, Uint8Array.of(1)),
    () => record(22, Uint8Array.of(24, 0, 0, 1, random.below(3))),
  );
}
