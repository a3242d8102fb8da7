/**
 * Script of the live page: the tasks as a tree, with what is collapsed and what the filter leaves.
 *
 * @module
 */

/** The lines that there are to show. */
export const TREE = String.raw`
const view = {
  filter: "",
  collapsed: new Set(),
  showsEnded: true,
  range: 10000,
  isPaused: false,
  chosen: null,
  /** What is shown, from top to bottom: { task, level, isParent, isRing, isFound }. */
  lines: [],
  /** The ids of those that were drawn last. */
  inSight: [],
};

function matches(task) {
  const { filter } = view;
  return [task.name, task.coroutine, task.waitsFor, task.made, task.state].some((text) => text != null && text.toLowerCase().includes(filter));
}

/** Those that live first, in the order in which they were made; then those that have ended, the last one first. */
function before(one, other) {
  if (one.end === null) return other.end === null ? one.id - other.id : -1;
  return other.end === null ? 1 : other.end - one.end || one.id - other.id;
}

function buildLines() {
  const tasks = [...known.tasks.values()].filter((task) => view.showsEnded || task.end === null).sort(before);
  const children = new Map();
  const roots = [];
  const isThere = new Set(tasks);
  for (const task of tasks) {
    const parent = known.tasks.get(task.parent);
    if (parent === undefined || parent === task || !isThere.has(parent)) roots.push(task);
    else if (children.has(parent)) children.get(parent).push(task);
    else children.set(parent, [task]);
  }
  let wanted = null;
  if (view.filter !== "") {
    wanted = new Set();
    for (const task of tasks) {
      if (!matches(task)) continue;
      // With those above it.
      for (let one = task; one !== undefined && !wanted.has(one); one = known.tasks.get(one.parent)) wanted.add(one);
    }
  }
  const lines = [];
  const seen = new Set();
  const show = (top, isRing) => {
    const left = [[top, 0]];
    while (left.length > 0) {
      const [task, level] = left.pop();
      if (seen.has(task)) continue;
      seen.add(task);
      const below = children.get(task) ?? [];
      if (wanted === null || wanted.has(task)) {
        const isFound = wanted !== null && matches(task);
        lines.push({ task, level, isParent: below.length > 0, isRing: isRing && level === 0, isFound });
      }
      const isCollapsed = view.collapsed.has(task.id) && wanted === null;
      for (let at = below.length - 1; at >= 0; at--) {
        if (isCollapsed) hide(below[at]);
        else left.push([below[at], level + 1]);
      }
    }
  };
  const hide = (top) => {
    const left = [top];
    while (left.length > 0) {
      const task = left.pop();
      if (seen.has(task)) continue;
      seen.add(task);
      left.push(...children.get(task) ?? []);
    }
  };
  for (const root of roots) show(root, false);
  // Whoever waits in a ring is below nobody.
  if (seen.size < tasks.length) { for (const task of tasks) if (!seen.has(task)) show(task, true); }
  view.lines = lines;
}

function chosenIndex() {
  return view.lines.findIndex(({ task }) => task.id === view.chosen);
}

function setCollapsed(id, isCollapsed) {
  if (isCollapsed) view.collapsed.add(id);
  else view.collapsed.delete(id);
  draw(true);
}

function collapseAll() {
  for (const task of known.tasks.values()) view.collapsed.add(task.parent);
  draw(true);
}

function expandAll() {
  view.collapsed.clear();
  draw(true);
}
`;
