/**
 * Script of the live page: what it knows, as a file.
 *
 * @module
 */

/** The two forms. */
export const SAVING = String.raw`
/** As Chrome has traces, which ui.perfetto.dev and chrome://tracing open. Times are microseconds. */
function chromeTrace() {
  const { hello } = known;
  const pid = hello?.pid ?? 1;
  const micro = (milliseconds) => Math.round(milliseconds * 1000);
  const events = [{ ph: "M", pid, tid: 0, name: "process_name", args: { name: hello === null ? "event loop" : hello.runtime + " " + hello.loop } }];
  for (const task of known.tasks.values()) {
    const { id: tid } = task;
    events.push({ ph: "M", pid, tid, name: "thread_name", args: { name: task.name } });
    events.push({ ph: "M", pid, tid, name: "thread_sort_index", args: { sort_index: tid } });
    const { spans, waits } = task;
    const waitsFrom = (from, to) => {
      if (to <= from) return;
      const wait = waits.find(([began, ended]) => began <= from + 0.02 && ended >= from);
      const what = wait?.[2] ?? (task.end === null && to === known.now ? task.waitsFor : null);
      events.push({ ph: "X", pid, tid, ts: micro(from), dur: micro(to - from), name: what === null ? "waits" : "waits for " + what, cat: "wait" });
    };
    // Since somebody looks, or since its steps are kept.
    waitsFrom(Math.max(task.born ?? task.seen, known.now - HISTORY), spans[0] ?? task.end ?? known.now);
    for (let at = 0; at < spans.length; at += 2) {
      const dur = micro(spans[at + 1] - spans[at]);
      const args = isSlow(spans[at + 1] - spans[at]) ? { slow: true } : {};
      events.push({ ph: "X", pid, tid, ts: micro(spans[at]), dur, name: task.name, cat: "step", args });
      waitsFrom(spans[at + 1], spans[at + 2] ?? (task.end === null ? known.now : spans[at + 1]));
    }
    if (task.end !== null) events.push({ ph: "i", pid, tid, ts: micro(task.end), s: "t", name: task.state, cat: "end" });
  }
  for (const [time, lag, ready, tasks] of known.samples) {
    events.push({ ph: "C", pid, tid: 0, ts: micro(time), name: "lag in ms", args: { lag } });
    events.push({ ph: "C", pid, tid: 0, ts: micro(time), name: "ready", args: { ready } });
    events.push({ ph: "C", pid, tid: 0, ts: micro(time), name: "tasks", args: { tasks } });
  }
  return { displayTimeUnit: "ms", traceEvents: events };
}

/** Everything, as it is kept here. */
function everything() {
  const { hello, now, counters, samples, omitted } = known;
  return {
    format: "@loop/asyncio live page", version: 1, saved: new Date().toISOString(),
    runtime: hello?.runtime ?? null, pid: hello?.pid ?? null, loop: hello?.loop ?? null,
    time: now, counters, omittedSteps: omitted,
    samples: samples.map(([time, lag, ready, tasks]) => ({ time, lag, ready, tasks })),
    tasks: [...known.tasks.values()],
  };
}

function save(content, name) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(content)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name + "-" + new Date().toISOString().slice(0, 19).replaceAll(":", "-") + ".json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
`;
