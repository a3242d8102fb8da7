import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { runFixture } from "./processes.ts";

it("An exception that nobody can read any more is reported while the loop runs", async () => {
  const { code, output, errors } = await runFixture("unread.ts");
  const report = "Task exception was never retrieved true its message string";
  assertEquals(output, [report, "main goes on"], errors);
  assertEquals(code, 0);
});
