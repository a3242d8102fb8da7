/** In debug mode a request is no use of another loop, whichever code the host calls its server in. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { createTask, getRunningLoop, run, sleep } from "../../../mod.ts";
import { serve } from "../../../src/http/mod.ts";
import { within } from "../../within.ts";

it("Servers of several loops side by side ... answer in debug mode, also if that is switched on when they serve already", async () => {
  // From here on debug mode is loaded.
  await run(sleep(0), { debug: true });
  const reports: unknown[] = [];
  const urls: string[] = [];
  const haveAnswered = Promise.withResolvers<void>();
  const answers: string[] = [];
  const one = (name: string) =>
    run(async () => {
      getRunningLoop().setExceptionHandler((_loop, { exception }) => reports.push(exception));
      const answer = async () => new Response(await createTask(sleep(1, name)));
      await using server = await serve(answer, { port: 0 });
      getRunningLoop().setDebug(true);
      urls.push(server.url);
      while (urls.length < 3) await sleep(1);
      // Each asks all of them.
      for (const url of urls) {
        const response = await fetch(url);
        answers.push(`${response.status} ${await response.text()}`);
      }
      if (answers.length === 9) haveAnswered.resolve();
      await haveAnswered.promise;
    }, { debug: name === "a" });
  await within(Promise.all(["a", "b", "c"].map(one)), "the answers of three servers");
  const each = (name: string) => Array.from({ length: 3 }, () => `200 ${name}`);
  assertEquals(answers.sort(), [...each("a"), ...each("b"), ...each("c")], `${reports}`);
  assertEquals(reports, []);
});
