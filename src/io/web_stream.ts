/**
 * A reader as a web stream.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { Task } from "../core/task.ts";
import type { StreamReader } from "./stream_reader.ts";

/** The most bytes of one chunk. */
const CHUNK = 65_536;

/** A web stream that reads when it is read from, by a task for each chunk. */
export function toReadable(reader: StreamReader, loop: BaseEventLoop): ReadableStream<Uint8Array> {
  let reading: Task<Uint8Array> | null = null;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      reading = loop.createTask(reader.read(CHUNK));
      const chunk = await reading;
      reading = null;
      if (chunk.length > 0) controller.enqueue(chunk);
      else controller.close();
    },
    cancel() {
      reading?.cancel();
    },
  }, { highWaterMark: 0 });
}
