/**
 * Frames of WebSockets, right and wrong.
 *
 * @module
 */
import { join, latin1 } from "./mutate.ts";
import type { Random } from "./random.ts";

/** What the frames come after. */
export const HANDSHAKE: Uint8Array = latin1(
  "GET /upgrade HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);

interface Shape {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly last?: boolean;
  /** The three reserved bits. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** The length that is announced. */
  readonly length?: bigint;
  /** How many bytes the length takes: 0, 2 or 8; by default as few as can be. */
  readonly width?: number;
}

function frame({ opcode, payload, last = true, reserved = 0, masked = true, length, width }: Shape): Uint8Array {
  const announced = length ?? BigInt(payload.length);
  const bytes = width ?? (announced < 126n ? 0 : announced < 65_536n ? 2 : 8);
  const head = new Uint8Array(2 + bytes + (masked ? 4 : 0));
  const view = new DataView(head.buffer);
  head[0] = (last ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (bytes === 0 ? Number(announced & 127n) : bytes === 2 ? 126 : 127);
  if (bytes === 2) view.setUint16(2, Number(announced & 0xffffn));
  if (bytes === 8) view.setBigUint64(2, announced);
  if (!masked) return join([head, payload]);
  const mask = [0x12, 0x34, 0x56, 0x78];
  head.set(mask, 2 + bytes);
  return join([head, payload.map((byte, i) => byte ^ mask[i & 3]!)]);
}

function text(random: Random): Uint8Array {
  return random.make<Uint8Array>(
    () => new TextEncoder().encode("hello ".repeat(random.length(300))),
    () => new TextEncoder().encode("ä€😀".repeat(random.length(40))),
    // Cut in the middle of a character, a surrogate, too long a form, beyond the last one.
    () => Uint8Array.of(0xf0, 0x9f, 0x98),
    () => Uint8Array.of(0xed, 0xa0, 0x80),
    () => Uint8Array.of(0xc0, 0x80),
    () => Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
    () => random.bytes(random.length(300)),
  );
}

function close(random: Random): Uint8Array {
  const code = random.pick([
    1000,
    1001,
    1002,
    1003,
    1004,
    1005,
    1006,
    1007,
    1011,
    1015,
    1016,
    2999,
    3000,
    4999,
    5000,
    0,
    999,
    65_535,
  ]);
  const payload = random.make<Uint8Array>(
    () => new Uint8Array(),
    () => Uint8Array.of(random.below(256)),
    () => Uint8Array.of(code >> 8, code & 255),
    () => join([Uint8Array.of(code >> 8, code & 255), text(random).subarray(0, 123)]),
  );
  return frame({ opcode: 8, payload });
}

/** A message in parts, with what may and may not come between them. */
function fragments(random: Random): Uint8Array {
  const opcode = random.pick([1, 2, 0]);
  const parts = random.several(random.oneIn(10) ? 500 : 5, () => random.oneIn(3) ? new Uint8Array() : text(random));
  return join(parts.flatMap((payload, i) => [
    frame({
      opcode: i === 0 || random.oneIn(20) ? opcode : 0,
      payload,
      last: i === parts.length - 1 && !random.oneIn(4),
    }),
    ...(random.oneIn(4) ? [frame({ opcode: random.pick([9, 10]), payload: random.bytes(random.below(126)) })] : []),
  ]));
}

function one(random: Random): Uint8Array {
  const payload = random.bytes(random.length(70_000));
  const opcode = random.pick([1, 2]);
  return random.make<Uint8Array>(
    () => frame({ opcode: 1, payload: text(random) }),
    () => frame({ opcode: 2, payload }),
    () => frame({ opcode: 9, payload: payload.subarray(0, random.below(126)) }),
    () => frame({ opcode: 10, payload: payload.subarray(0, random.below(126)) }),
    () => close(random),
    () => fragments(random),
    () => frame({ opcode: random.below(16), payload: payload.subarray(0, 200), reserved: random.below(8) }),
    () => frame({ opcode, payload, masked: false }),
    () => frame({ opcode: random.pick([8, 9, 10]), payload: random.bytes(random.between(126, 300)) }),
    () => frame({ opcode: random.pick([8, 9, 10]), payload: payload.subarray(0, 20), last: false }),
    () => frame({ opcode, payload: payload.subarray(0, 100), width: random.pick([2, 8]) }),
    () =>
      frame({
        opcode,
        payload: payload.subarray(0, 100),
        length: random.pick([2n ** 63n, 2n ** 64n - 1n, 2n ** 32n, 2n ** 31n, 2n ** 53n, 5_000_000n]),
      }),
    () =>
      join(Array.from({ length: random.between(1, 300) }, () => frame({ opcode: 9, payload: new Uint8Array(125) }))),
    () =>
      join(
        Array.from({ length: random.between(1, 2_000) }, () =>
          frame({ opcode: 0, payload: new Uint8Array(), last: false })),
      ),
    () => random.bytes(random.length(500)),
  );
}

/** What comes after the handshake. */
export function frames(random: Random): Uint8Array {
  return join(random.several(8, () => one(random)));
}
