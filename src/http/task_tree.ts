/**
 * What a server's requests are doing, as a text.
 *
 * @module
 */
import { Future } from "../core/future.ts";
import { waitsFor } from "../core/lazy_internal.ts";
import { Task } from "../core/task.ts";
import { innermostWait, isAsync } from "../core/current.ts";
import type { HandledRequest } from "./handled_request.ts";

/** Lines of a report; what is beyond them is counted. */
const MOST_LINES = 50;

/** A task and what it has started. */
interface Node {
  readonly label: string;
  readonly children: Node[];
}

/** Draws the requests with all their tasks, and those of the background: names, and what each waits for. */
export function drawTasks(requests: Iterable<HandledRequest>, background: Iterable<Task<unknown>>): string {
  const roots = [...requests].map(requestNode);
  const others = [...background].map((task) => ({ label: describe(task), children: [] }));
  if (others.length > 0) roots.push({ label: "background", children: others });
  const lines: string[] = [];
  for (const root of roots) {
    lines.push(root.label);
    draw(root.children, "", lines);
  }
  if (lines.length <= MOST_LINES) return lines.join("\n");
  return [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more lines`].join("\n");
}

function requestNode(request: HandledRequest): Node {
  const root: Node = { label: describe(request.task), children: [] };
  const running = request.scope?.running() ?? new Map<Task<unknown>, Task<unknown> | null>();
  const nodes = new Map<Task<unknown>, Node>();
  for (const task of running.keys()) nodes.set(task, { label: describe(task), children: [] });
  // One whose maker is gone hangs below the request.
  for (const [task, maker] of running) {
    const parent = (maker !== null ? nodes.get(maker) : undefined) ?? root;
    parent.children.push(nodes.get(task) as Node);
  }
  return root;
}

function draw(nodes: readonly Node[], indent: string, lines: string[]): void {
  nodes.forEach((node, index) => {
    const isLast = index === nodes.length - 1;
    lines.push(`${indent}${isLast ? "└─" : "├─"} ${node.label}`);
    draw(node.children, `${indent}${isLast ? "   " : "│  "}`, lines);
  });
}

function describe(task: Task<unknown>): string {
  if (task.done()) return `${task.getName()} is done`;
  const waiter = waitsFor(task);
  if (waiter === null) return `${task.getName()} is about to run`;
  const awaited = innermostWait(waiter);
  if (awaited === null || isAsync(awaited)) return `${task.getName()} waits for a promise in ${waiter}`;
  return `${task.getName()} waits for ${inWords(awaited)}`;
}

/** What is awaited, for people: a future only says who is told. */
function inWords(awaited: object): string {
  if (awaited instanceof Task) return awaited.getName();
  return awaited.constructor === Future ? "a future" : String(awaited);
}
