/**
 * Writes the statements that hold others, and the ways in which a block is left.
 *
 * @module
 */
import type { Statement } from "../program.ts";
import type { Syntax } from "./syntax.ts";
import { writeWait } from "./waits.ts";

/** Writes how a block is left early, given an expression for what ended it. */
type Leave = (ended: string) => string;

type Block = readonly Statement[];
type Handler = readonly [name: string, body: Block];

const text = (value: unknown): string => JSON.stringify(value ?? null);

/** The body of a function that runs the statements and returns what `return` gave. */
export function writeCoroutine(name: string, statements: Block, syntax: Syntax): string {
  const body = new Writer(syntax).block(statements, (ended) => `return returned(${ended});`);
  return `m.begin(${text(name)});\n${body}return null;\n`;
}

/** Writes the blocks of one function; it numbers them, since each keeps how it ended in a variable of its own. */
class Writer {
  readonly #syntax: Syntax;
  #blocks = 0;

  constructor(syntax: Syntax) {
    this.#syntax = syntax;
  }

  block(statements: Block, leave: Leave): string {
    return statements.map(([operation, ...args]) => {
      const named = typeof args[0] === "string" ? `${text(operation)}, ${text(args[0])}` : text(operation);
      return `if (m.runs(${named})) {\n${this.#statement(operation, args, leave)}}\n`;
    }).join("");
  }

  #statement(operation: string, args: readonly unknown[], leave: Leave): string {
    switch (operation) {
      case "return":
        return `${leave(`new Return(${text(args[0])})`)}\n`;
      case "reraise":
        return `${leave("RERAISE")}\n`;
      case "repeat":
        return this.#repeat(args as [number, Block], leave);
      case "try":
        return this.#try(args as [Block, Handler[], Block?], leave);
      case "with":
        return this.#with(args as [string, Block], leave);
      case "timeout":
        return this.#deadline("timeout", args as [string, number | null, Block], leave);
      case "timeout_at":
        return this.#deadline("timeoutAt", args as [string, number | null, Block], leave);
      case "group":
        return this.#group(args as [string, Block], leave);
      default:
        return writeWait(operation, args, this.#syntax.wait);
    }
  }

  /** A variable for how a block ended, and the block under a label that it can be left by. */
  #labelled(statements: Block): { ended: string; block: string } {
    const number = ++this.#blocks;
    const ended = `ended${number}`;
    const inner = this.block(statements, (how) => `{ ${ended} = ${how}; break block${number}; }`);
    return { ended, block: `block${number}: {\n${inner}}\n` };
  }

  #repeat([times, body]: [number, Block], leave: Leave): string {
    const { ended, block } = this.#labelled(body);
    return `for (let i = 0; i < ${times}; i++) {\nlet ${ended};\n${block}${this.#leaveIf(ended, leave)}}\n`;
  }

  #try([body, handlers, final]: [Block, Handler[], Block?], leave: Leave): string {
    const tried = this.#labelled(body);
    let source = `let ${tried.ended};\ntry {\n${tried.block}} catch (error) {\nmet(m, error);\n`;
    for (const [name, statements] of handlers) {
      const handler = this.#labelled(statements);
      source += `if (matches(error, ${text(name)})) {\nm.say("caught " + showError(error));\n` +
        `let ${handler.ended};\n${handler.block}if (${handler.ended} === RERAISE) throw error;\n` +
        `${tried.ended} = ${handler.ended};\n} else `;
    }
    source += "{\nthrow error;\n}\n}";
    if (final) {
      // How this block ended is of no interest: neither `return` nor `reraise` leaves more than the block itself.
      const last = this.#labelled(final);
      source += ` finally {\nlet ${last.ended};\n${last.block}}`;
    }
    return `${source}\n${this.#leaveIf(tried.ended, leave)}`;
  }

  #with([name, body]: [string, Block], leave: Leave): string {
    const { ended, block } = this.#labelled(body);
    const object = `m.objects.get(${text(name)})`;
    return `let ${ended};\n${this.#syntax.wait} ${object}.acquire();\n` +
      `try {\nm.say(${text("in " + name)});\n${block}} finally {\n${object}.release();\n}\n` +
      `m.say(${text("out " + name)});\n${this.#leaveIf(ended, leave)}`;
  }

  #deadline(open: string, [name, time, body]: [string, number | null, Block], leave: Leave): string {
    const ended = `ended${++this.#blocks}`;
    const inner = this.block(body, (how) => `return ${how};`);
    return `let ${ended}, scope;\ntry {\n` +
      `${ended} = ${this.#syntax.wait} asyncio.${open}(${text(time)}, ${this.#syntax.body("opened")} {\n` +
      `scope = opened;\nm.scopes.set(${text(name)}, scope);\n${inner}});\n} finally {\n` +
      `m.say(${text(`scope ${name} expired=`)} + show(scope?.expired() ?? false));\n}\n${this.#leaveIf(ended, leave)}`;
  }

  #group([name, body]: [string, Block], leave: Leave): string {
    const ended = `ended${++this.#blocks}`;
    const inner = this.block(body, (how) => `return ${how};`);
    return `const ${ended} = ${this.#syntax.wait} asyncio.taskGroup(${this.#syntax.body("group")} {\n` +
      `m.scopes.set(${text(name)}, group);\n${inner}});\n${this.#leaveIf(ended, leave)}`;
  }

  #leaveIf(ended: string, leave: Leave): string {
    return `if (${ended} !== undefined) ${leave(ended)}\n`;
  }
}
