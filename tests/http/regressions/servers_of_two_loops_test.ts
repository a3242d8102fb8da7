/** In debug mode a request is no use of another loop, whichever code the host calls its server in. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { createTask, getRunningLoop, run, sleep } from "../../../mod.ts";
import { serve } from "../../../src/http/mod.ts";
import { within } from "../../within.ts";

it("Servers of several loops side by side ... answer in debug mode, and nothing is reported", async () => {
  const reports: unknown[] = [];
  const one = (name: string) =>
    run(async () => {
      getRunningLoop().setExceptionHandler((_loop, { exception }) => reports.push(exception));
      const answer = async () => new Response(await createTask(sleep(1, name)));
      await using server = await serve(answer, { port: 0 });
      const response = await fetch(server.url);
      return `${response.status} ${await response.text()}`;
    }, { debug: true });
  const answers = within(Promise.all(["a", "b", "c"].map(one)), "the answers of three servers");
  assertEquals(await answers, ["200 a", "200 b", "200 c"], `${reports}`);
  assertEquals(reports, []);
});
