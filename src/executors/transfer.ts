/**
 * Handing values over to another thread instead of copying them.
 *
 * @module
 */
import type { TransferableObject } from "../adapters/workers.ts";
import { describeKind } from "../core/repr.ts";

const transferables = new WeakMap<object, readonly TransferableObject[]>();

/** Nothing to transfer. */
const NONE: readonly TransferableObject[] = [];

/** Whether anything was ever marked; most programs never do, and pay no look-up. */
let used = false;

/**
 * Hands a value over to another thread instead of copying it, as an argument of a call or as its result: costs the same for any size, and
 * leaves nothing behind. Marks the value and returns it.
 *
 * @param value what is handed over, or what holds it
 * @param list what in it is handed over; may be left out for a buffer, for a view of one, of which the whole buffer goes, and for a stream or port
 * @throws {TypeError} if the value is no object, or it must be said what in it is handed over
 *
 * @example A buffer that is not copied
 * ```ts
 * import { run, transfer, WorkerPool } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new WorkerPool({ maxWorkers: 1 });
 * const { crc32 } = pool.remoteModule<{ crc32(bytes: Uint8Array): number }>("node:zlib");
 * const bytes = new Uint8Array(1_000_000);
 * await run(() => crc32(transfer(bytes)));
 * assertEquals(bytes.length, 0);
 * ```
 *
 * @category Threads
 */
export function transfer<T extends object>(value: T, list?: readonly TransferableObject[]): T {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`Cannot transfer ${describeKind(value)}: it must be an object.`);
  }
  used = true;
  transferables.set(value, list === undefined ? [ownTransferable(value)] : [...list]);
  return value;
}

function ownTransferable(value: object): TransferableObject {
  if (ArrayBuffer.isView(value)) return value.buffer as ArrayBuffer;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (/^(ArrayBuffer|MessagePort|ReadableStream|WritableStream|TransformStream|ImageBitmap)$/.test(tag)) {
    return value as TransferableObject;
  }
  throw new TypeError(
    `Cannot transfer ${
      describeKind(value)
    } by itself: say what in it is handed over, as in transfer(value, [value.buffer]).`,
  );
}

/** What was marked of these values. */
export function transferred(values: readonly unknown[]): readonly TransferableObject[] {
  if (!used) return NONE;
  let list: TransferableObject[] | undefined;
  for (const value of values) {
    if (typeof value !== "object" || value === null) continue;
    const own = transferables.get(value);
    if (own === undefined) continue;
    transferables.delete(value);
    list = list === undefined
      ? [...own]
      : [...list, ...own.filter((one) => !(list as TransferableObject[]).includes(one))];
  }
  return list ?? NONE;
}
