import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { type ExceptionContext, getRunningLoop, run, sleep } from "../../mod.ts";

it("An exception that is read turns after it was stored is not kept for a report", async () => {
  const reports: ExceptionContext[] = [];
  await run(function* () {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    const future = loop.createFuture<void>();
    future.setException(new Error("read late"));
    yield* sleep(5);
    assertEquals(loop._unread.size, 1);
    assertEquals((future.exception() as Error).message, "read late");
    assertEquals(loop._unread.size, 0);
  });
  assertEquals(reports, []);
});
