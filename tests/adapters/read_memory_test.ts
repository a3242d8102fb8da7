import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  FIRST_SIZE,
  GROWTH,
  LARGEST_SIZE,
  MOST_KEPT,
  ReadMemory,
  SMALL_READS,
} from "../../src/adapters/deno/read_memory.ts";

/** Reads as a connection does: so many bytes of a value, at most as many as there is room for. */
function read(memory: ReadMemory, length: number, value = 1): Uint8Array<ArrayBuffer> {
  const room = memory.room();
  const taken = Math.min(length, room.length);
  room.fill(value, 0, taken);
  return memory.take(taken)!;
}

/** Lets the memory grow to its largest size. */
function grown(): ReadMemory {
  const memory = new ReadMemory();
  while (memory.size < LARGEST_SIZE) read(memory, LARGEST_SIZE);
  return memory;
}

describe("The memory that is read into", () => {
  it("is small for a connection that waits, and for one that sends little at a time", () => {
    const memory = new ReadMemory();
    assertEquals(memory.room().length, FIRST_SIZE);
    for (let i = 0; i < 1_000; i++) read(memory, FIRST_SIZE / 2 - 1);
    assertEquals(memory.size, FIRST_SIZE);
  });

  it("grows with a read that fills half of it, whose bytes are given away", () => {
    const memory = new ReadMemory();
    const bytes = read(memory, FIRST_SIZE / 2, 7);
    assert(memory.isGiven);
    assertEquals(memory.size, FIRST_SIZE * GROWTH);
    read(memory, 10, 9);
    assert(bytes.every((byte) => byte === 7));
    assertEquals(grown().size, LARGEST_SIZE);
  });

  it("shrinks after so many reads in a row that need less, and not before", () => {
    const memory = grown();
    const little = LARGEST_SIZE / GROWTH - 1;
    for (let i = 0; i < SMALL_READS - 1; i++) read(memory, little);
    read(memory, LARGEST_SIZE / GROWTH);
    for (let i = 0; i < SMALL_READS; i++) read(memory, little);
    assertEquals(memory.size, LARGEST_SIZE);
    assertEquals(memory.room().length, LARGEST_SIZE / GROWTH);
  });

  it("may be kept in part as long as it is small", () => {
    const memory = new ReadMemory();
    const kept = read(memory, 100, 1);
    assert(memory.mayKeep && !memory.isGiven);
    memory.keep(kept.length);
    const next = read(memory, 100, 2);
    assertEquals([kept.buffer === next.buffer, kept[99], next[0]], [true, 1, 2]);

    while (memory.size < MOST_KEPT * GROWTH) read(memory, LARGEST_SIZE);
    read(memory, 100);
    assert(!memory.mayKeep);
  });

  it("is made anew when what was kept leaves no room for as much again", () => {
    const memory = new ReadMemory();
    for (let i = 1; i <= 5; i++) {
      const kept = read(memory, 300);
      const { buffer } = kept;
      memory.keep(kept.length);
      assertEquals(memory.room().buffer === buffer, i % 3 !== 0, `read ${i}`);
    }
  });

  it("is made anew if it was transferred between two reads, and says so if during one", () => {
    const memory = new ReadMemory();
    const kept = read(memory, 10);
    memory.keep(10);
    structuredClone(kept, { transfer: [kept.buffer] });
    assertEquals(memory.room().length, FIRST_SIZE);

    const other = read(memory, 10);
    memory.keep(10);
    memory.room();
    structuredClone(other, { transfer: [other.buffer] });
    assertEquals(memory.take(10), null);
  });
});
