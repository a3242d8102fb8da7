import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { merge, readLcov, summary } from "./lcov.ts";
import { runCommand } from "./command.ts";
import { HOUR, inParts, leftOut } from "./in_parts.ts";
import { failedTests, readReport, slowestTests } from "./report.ts";
import { Kept } from "./show.ts";
import { judge, runSuite } from "./suite.ts";

/** As Deno, Bun and Node write it; a name or a message may have anything in it. */
const REPORTS = {
  Deno: `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="3" failures="1" errors="0" time="0.036">
    <testsuite name="./tests/std/testing/bdd_deno.ts" tests="3" disabled="1" errors="0" failures="1">
        <testcase name="A -&gt; &lt;b&gt; &quot;c&quot; ... passes" classname="./bdd_deno.ts" time="0.020" line="83" col="10">
        </testcase>
        <testcase name="A ... fails" classname="./bdd_deno.ts" time="0.001" line="83" col="10">
            <failure message="Uncaught Error: oops &lt;/testcase&gt;">Error: oops &lt;skipped/&gt;</failure>
        </testcase>
        <testcase name="A ... is skipped" classname="./bdd_deno.ts" time="0.000" line="83" col="10">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>
`,
  Bun: `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="3" assertions="0" failures="1" skipped="1" time="0.044">
  <testsuite name="a_test.ts" file="a_test.ts" tests="3" assertions="0" failures="1" skipped="1" time="0.041" hostname="h">
    <testsuite name="A" file="a_test.ts" line="12" tests="3" assertions="0" failures="1" skipped="1" time="0.02" hostname="h">
      <testcase name="passes &gt; well" classname="A" time="0.020049" file="a_test.ts" line="8" assertions="0" />
      <testcase name="fails" classname="A" time="0.000255" file="a_test.ts" line="8" assertions="0">
        <failure type="Error" message="oops">Error: oops&#10;      at a_test.ts:4:33</failure>
      </testcase>
      <testcase name="is skipped" classname="A" time="0" file="a_test.ts" line="8" assertions="0">
        <skipped />
      </testcase>
    </testsuite>
  </testsuite>
</testsuites>`,
  Node: `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
\t<testsuite name="A -> &lt;b> &amp;quot;" time="0.002" disabled="0" errors="0" tests="2" failures="0" skipped="1" hostname="h">
\t\t<testcase name="passes > well" time="0.000435" classname="A -> &lt;b>" file="/bdd_node.ts"/>
\t\t<testcase name="is skipped" time="0.000060" classname="A -> &lt;b>" file="/bdd_node.ts">
\t\t\t<skipped type="skipped" message="true"/>
\t\t</testcase>
\t</testsuite>
\t<testcase name="a_test.ts" time="0.14" classname="test" file="a_test.ts" failure="test failed">
\t\t<failure type="testCodeFailure" message="test failed">
[Error: test failed] { exitCode: 1 }
\t\t</failure>
\t</testcase>
\t<!-- tests 3 -->
</testsuites>
`,
};

describe("The report of a test runner", () => {
  for (const [runner, report] of Object.entries(REPORTS)) {
    it(`is read as ${runner} writes it`, () => assertEquals(readReport(report), { passed: 1, failed: 1 }));
  }

  it("is none if it is not whole", () => {
    assertEquals(readReport(""), undefined);
    assertEquals(readReport(REPORTS.Node.slice(0, 500)), undefined);
    assertEquals(readReport("Segmentation fault"), undefined);
  });

  it("tells which tests took longest", () => {
    assertEquals(slowestTests(REPORTS.Deno, 2, 0), ['0.0 s  A -> <b> "c" ... passes', "0.0 s  A ... fails"]);
    assertEquals(slowestTests(REPORTS.Bun, 1, 0), ["0.0 s  A: passes > well"]);
    assertEquals(slowestTests(REPORTS.Node, 2, 0.1), ["0.1 s  a_test.ts"]);
    assertEquals(slowestTests("", 1, 0), []);
  });

  it("tells which tests failed, and how", () => {
    assertEquals(failedTests(REPORTS.Deno, 9), ["A ... fails\n  Error: oops <skipped/>"]);
    assertEquals(failedTests(REPORTS.Bun, 1), ["A: fails\n  Error: oops"]);
    assertEquals(failedTests(REPORTS.Bun, 9), ["A: fails\n  Error: oops\n        at a_test.ts:4:33"]);
    assertEquals(failedTests(REPORTS.Node, 9), ["a_test.ts\n  [Error: test failed] { exitCode: 1 }"]);
    assertEquals(failedTests('<testcase name="a"><failure message="no &gt; more" />\n</testcase>', 9), [
      "a\n  no > more",
    ]);
    assertEquals(failedTests("<testsuites>", 9), []);
  });

  it("may be of no test at all", () => {
    assertEquals(readReport("<testsuites>\n</testsuites>\n"), { passed: 0, failed: 0 });
  });
});

describe("A test runner", () => {
  const good = { passed: 2, failed: 0 };
  const failed = (passed: number, what: string, ...said: string[]) => {
    return { passed, failed: 1, failures: [[`x: ${what}, which counts as a failure.`, ...said].join("\n")] };
  };
  const ends = { success: true, end: "exit status 0", ended: null, output: "", errors: "" };
  const fails = { ...ends, success: false, end: "exit status 1" };
  const cases = {
    "whose tests passed has no failure": [good, ends, good],
    "that was ended has failed": [
      good,
      { ...fails, ended: "it fell silent" },
      failed(2, "the runner was ended, since it fell silent"),
    ],
    "that ended without a report has failed": [
      undefined,
      ends,
      failed(0, "the runner ended without a report, with exit status 0"),
    ],
    "that ran no test has failed": [{ passed: 0, failed: 0 }, ends, failed(0, "no test ran")],
    "that failed although its tests passed has failed": [
      good,
      fails,
      failed(2, "the runner ended with exit status 1 although its tests passed"),
    ],
    "whose tests failed is counted as it says": [{ passed: 2, failed: 3 }, fails, { passed: 2, failed: 3 }],
  } as const;
  for (const [name, [tally, result, expected]] of Object.entries(cases)) {
    it(name, () => assertEquals(judge("x", tally, result, new Kept()), expected));
  }

  it("that crashes before it has written its report has failed, and what it said last is told", async () => {
    const crash = "for line in $(seq 99); do echo $line; done; echo panicked >&2; kill -SEGV $$";
    const last = Array.from({ length: 16 }, (_, index) => `    ${84 + index}`);
    assertEquals(
      await runSuite("x", () => ["sh", "-c", crash], {}, new Kept()),
      failed(
        0,
        "the runner ended without a report, with SIGSEGV",
        "  The last of its standard error:",
        "    panicked",
        "  The last of its standard output:",
        ...last,
      ),
    );
  });

  it("is counted by the report that it writes", async () => {
    const command = (report: string) => ["sh", "-c", `echo "<testsuites><testcase/></testsuites>" > ${report}`];
    assertEquals(await runSuite("x", command, {}, new Kept()), { passed: 1, failed: 0 });
  });

  it("tells at the end of everything what failed", async () => {
    const text = "<testsuites><testcase name='a'><failure>b</failure></testcase></testsuites>";
    const tally = await runSuite("x", (report) => ["sh", "-c", `echo "${text}" > ${report}; exit 1`], {}, new Kept());
    assertEquals(tally, { passed: 0, failed: 1, failures: ["x: a\n  b"] });
  });
});

describe("A command", () => {
  it("is shown and returned as it was written", async () => {
    assertEquals(await runCommand(["sh", "-c", "echo one; echo two >&2; exit 3"], {}), {
      success: false,
      end: "exit status 3",
      ended: null,
      output: "one\n",
      errors: "two\n",
    });
  });

  it("that falls silent is ended, though what it has started holds its output", async () => {
    const { success, ended } = await runCommand(["sh", "-c", "echo one; sleep 5; echo"], { silence: 200 });
    assertEquals([success, ended], [false, "it said nothing for 0.2 seconds"]);
  });

  it("is ended when the time of everything is over", async () => {
    const before = Deno.env.get("LOOP_ASYNCIO_UNTIL");
    Deno.env.set("LOOP_ASYNCIO_UNTIL", String(Date.now() / 1_000 + 1));
    try {
      const { success, ended } = await runCommand(["sh", "-c", "echo one; sleep 5; echo"], { reserve: 800 });
      assertEquals([success, ended], [false, "the time of everything was over"]);
    } finally {
      if (before === undefined) Deno.env.delete("LOOP_ASYNCIO_UNTIL");
      else Deno.env.set("LOOP_ASYNCIO_UNTIL", before);
    }
  });
});

describe("What comes last", () => {
  const files = Array.from({ length: 16 }, (_, index) => `${index}`);
  const ran = async (left: number, took: number) => {
    const parts: string[] = [];
    const run = (part: readonly string[]) => {
      parts.push(part.join());
      left -= took;
      return Promise.resolve({ passed: part.length, failed: 0 });
    };
    const { passed, failed, failures = [] } = await inParts("x", files, new Kept(), run, () => left);
    return { parts: parts.length, passed, failed, failures, leftOut: leftOut.splice(0) };
  };
  const whole = { passed: 16, failed: 0, failures: [], leftOut: [] };

  it("is run at once where there is time for everything", async () => {
    assertEquals(await ran(HOUR + 1, HOUR), { ...whole, parts: 1 });
  });

  it("is run in parts where the time is limited, to its end if that suffices", async () => {
    assertEquals(await ran(HOUR, 1_000), { ...whole, parts: 8 });
  });

  it("is left out, and named, from where there is no time for another part", async () => {
    // Five parts of 40 seconds: a sixth would need 60 and 30 for the end.
    assertEquals(await ran(280_000, 40_000), {
      ...{ parts: 5, passed: 10, failed: 0, failures: [] },
      leftOut: ["x: there was no time for 6 of 16: 10 11 12 13 14 15"],
    });
  });

  it("has failed if more than half of it is left out", async () => {
    const what = "x: there was no time for 10 of 16";
    assertEquals(await ran(200_000, 40_000), {
      ...{ parts: 3, passed: 6, failed: 1, failures: [`${what}, which counts as a failure.`] },
      leftOut: [`${what}: 6 7 8 9 10 11 12 13 14 15`],
    });
    assertEquals((await ran(0, 1)).failed, 1);
  });
});

describe("The lines that tests reach", () => {
  const deno = readLcov("SF:/here/src/a/one.ts\nDA:1,2\nDA:2,0\nDA:3,0\nDA:9,0\nend_of_record\n", "/here");
  const node = readLcov(
    "TN:\nSF:src/a/one.ts\nDA:2,1\nDA:3,0\nDA:4,0\nend_of_record\nSF:tests/a.ts\nDA:1,0\n",
    "/here",
  );

  it("are those that any runtime reaches", () => {
    assertEquals([...merge([deno, node])].map(([file, lines]) => [file, [...lines]]), [
      ["src/a/one.ts", [[1, 2], [2, 1], [3, 0], [9, 0]]],
    ]);
  });

  it("are summed up by folder, and the others listed", () => {
    assertEquals(summary(merge([deno, node]), ["./src/a/one.ts", "./src/a/two.ts"]).split("\n"), [
      "Lines that no test reaches:",
      "  src/a/one.ts: 3, 9",
      "  src/a/two.ts: not loaded, or has only types",
      "",
      "src/a: 50.0 % of 4 lines",
      "all: 50.0 % of 4 lines",
    ]);
  });
});
