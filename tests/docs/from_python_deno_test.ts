/**
 * The page that compares asyncio's names with those of this module: it is complete, what it names exists, and it is what its data says.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fromPythonPage, readComparison } from "../../.ci/from_python.ts";

/** `asyncio.__all__` of CPython 3.15 on Unix. */
const ASYNCIO = `
run Runner Task create_task ensure_future current_task all_tasks sleep iscoroutine iscoroutinefunction run_coroutine_threadsafe to_thread
eager_task_factory create_eager_task_factory _register_task _unregister_task _enter_task _leave_task gather wait wait_for as_completed shield
FIRST_COMPLETED FIRST_EXCEPTION ALL_COMPLETED TaskGroup timeout timeout_at Timeout Future isfuture wrap_future future_add_to_awaited_by
future_discard_from_awaited_by AbstractEventLoop BaseEventLoop SelectorEventLoop EventLoop get_running_loop get_event_loop set_event_loop
new_event_loop get_event_loop_policy set_event_loop_policy _get_running_loop _set_running_loop Handle TimerHandle AbstractServer Server
BaseTransport ReadTransport WriteTransport Transport DatagramTransport SubprocessTransport BaseProtocol Protocol BufferedProtocol
DatagramProtocol SubprocessProtocol StreamReader StreamWriter StreamReaderProtocol open_connection start_server open_unix_connection
start_unix_server Lock Event Condition Semaphore BoundedSemaphore Barrier Queue PriorityQueue LifoQueue QueueEmpty QueueFull QueueShutDown
create_subprocess_exec create_subprocess_shell CancelledError InvalidStateError TimeoutError IncompleteReadError LimitOverrunError
SendfileNotAvailableError BrokenBarrierError capture_call_graph format_call_graph print_call_graph FrameCallGraphEntry FutureCallGraph
`;

/** The public methods of its classes, by how the page begins their names. */
const METHODS: Readonly<Record<string, string>> = {
  "loop.":
    `add_reader add_signal_handler add_writer call_at call_exception_handler call_later call_soon call_soon_threadsafe close
    connect_accepted_socket connect_read_pipe connect_write_pipe create_connection create_datagram_endpoint create_future create_server
    create_task create_unix_connection create_unix_server default_exception_handler get_debug get_exception_handler get_task_factory
    getaddrinfo getnameinfo is_closed is_running remove_reader remove_signal_handler remove_writer run_forever run_in_executor
    run_until_complete sendfile set_debug set_default_executor set_exception_handler set_task_factory shutdown_asyncgens
    shutdown_default_executor sock_accept sock_connect sock_recv sock_recv_into sock_recvfrom sock_recvfrom_into sock_sendall sock_sendfile
    sock_sendto start_tls stop subprocess_exec subprocess_shell time`,
  "task.":
    `add_done_callback cancel cancelled cancelling done exception get_context get_coro get_loop get_name get_stack print_stack
    remove_done_callback result set_exception set_name set_result uncancel`,
  "server.": "abort_clients close close_clients get_loop is_serving serve_forever sockets start_serving wait_closed",
  "reader.": "at_eof exception feed_data feed_eof read readexactly readline readuntil set_exception set_transport",
  "writer.":
    `can_write_eof close drain get_extra_info is_closing start_tls transport wait_closed write write_eof writelines`,
  "transport.":
    `abort can_write_eof close get_extra_info get_protocol get_write_buffer_limits get_write_buffer_size is_closing is_reading
    pause_reading resume_reading set_protocol set_write_buffer_limits write write_eof writelines`,
};

const words = (text: string) => text.trim().split(/\s+/).sort();

interface Documented {
  readonly name: string;
  readonly declarations: readonly {
    readonly def?: {
      readonly extends?: string;
      readonly methods?: readonly Named[];
      readonly properties?: readonly Named[];
    };
  }[];
}

interface Named {
  readonly name: string;
}

/** What an entry point exports, with the members of its classes as `Task.cancel`. */
async function exported(entry: string): Promise<Set<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["doc", "--json", entry] }).output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    nodes: Record<string, { symbols: readonly Documented[] }>;
  };
  const symbols = new Map(Object.values(nodes).flatMap((node) => node.symbols).map((symbol) => [symbol.name, symbol]));
  const membersOf = (name: string): string[] =>
    symbols.get(name)?.declarations.flatMap(({ def = {} }) => [
      ...[...def.methods ?? [], ...def.properties ?? []].map((member) => member.name),
      ...(def.extends ? membersOf(def.extends) : []),
    ]) ?? [];
  const names = [...symbols.keys()];
  return new Set([...names, ...names.flatMap((name) => membersOf(name).map((member) => `${name}.${member}`))]);
}

const comparison = await readComparison();
const { sections } = comparison;

describe("The comparison with asyncio", () => {
  const pythonOf = (prefix: string) => sections.filter((one) => one.prefix === prefix).flatMap(({ rows }) => rows);

  it("has every name of asyncio and every method once", () => {
    const names = pythonOf("asyncio.").map(({ python }) => python).filter((name) => !name.includes("."));
    assertEquals(names.sort(), words(ASYNCIO));
    assertEquals(names.length, 95);
    for (const [prefix, methods] of Object.entries(METHODS)) {
      assertEquals([prefix, ...pythonOf(prefix).map(({ python }) => python).sort()], [prefix, ...words(methods)]);
    }
  });

  it("names what the module has, and nothing else", async () => {
    const known = await exported("mod.ts");
    const inspect = await exported("src/inspect/mod.ts");
    // What EventLoop inherits from the class that nobody names is not in its documentation.
    const scheduler = ["stop", "isRunning", "callSoon", "callSoonThreadsafe"].map((name) => `EventLoop.${name}`);
    const wrong = sections.flatMap(({ rows }) => rows).filter(({ here, how }) => {
      if (how === "no") return here !== "";
      if (here.startsWith("inspect:")) return !inspect.has(here.slice("inspect:".length));
      return !known.has(here) && !scheduler.includes(here);
    });
    assertEquals(wrong, []);
  });

  it("has nothing as missing that is there", async () => {
    const known = await exported("mod.ts");
    const camel = (name: string) => name.replace(/(?<=\w)_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const there = sections.flatMap(({ prefix, rows }) =>
      rows.filter(({ python, how }) =>
        how === "no" &&
        known.has(`${prefix === "loop." ? "EventLoop." : prefix === "task." ? "Task." : ""}${camel(python)}`)
      )
    );
    assertEquals(there, []);
  });

  it("says why where it is different or missing", () => {
    const silent = sections.flatMap(({ rows }) => rows).filter(({ how, note }) => how !== "same" && note === "");
    assertEquals(silent, []);
  });

  it("is the page of the guide", async () => {
    const page = await Deno.readTextFile(new URL("../../docs/from-python.md", import.meta.url));
    const fresh = await fromPythonPage(comparison);
    assert(page === fresh, "Run deno run -A .ci/from_python.ts: the page is not what its data says.");
  });
});
