/**
 * Where something was made.
 *
 * A stack takes the engines 0.1 (Bun) to 2 µs (Deno), which is more than most of what is made here. So the first hundred of a kind that one function makes
 * have each a place of their own, and of those after them one of some hundreds: the others are known by the places of these. What callbacks and code
 * outside of loops make has each its own, for they have nothing in common; but for the handles of `callSoon()`, of which they make the most.
 *
 * @module
 */
import { debugging } from "../core/current.ts";
import { Handle } from "../core/handle.ts";
import { makerHere, NOBODY, steppedHere } from "../core/maker.ts";
import { calledByUser, frameLocation, userFrames } from "./frames.ts";

/** A place in a program. Its stack is written when somebody reads it. */
export abstract class Place {
  /** The frames of users, innermost first, as `work (file:///main.ts:3:5)`. */
  abstract readonly frames: readonly string[];
  /** The file, line and column; the empty string if the runtime does not say. Several where it is not known which of them it was. */
  abstract readonly location: string;
  /** Whether a user has called for it, and not another part of the module. */
  abstract readonly isDirect: boolean;
  /** How many places there were before; null if it stands for several. */
  abstract readonly number: number | null;

  /** The frames, one a line, indented by four; the location where there are several. */
  toString(): string {
    const { frames, location } = this;
    return frames.length > 0 ? frames.map((frame) => `    at ${frame}`).join("\n") : `    at ${location}`;
  }
}

let placesMade = 0;

/** How many places were made so far. */
export function placesSoFar(): number {
  return placesMade;
}

/** The place of one thing. */
class OwnPlace extends Place {
  #error: Error | null;
  #frames: readonly string[] | null = null;
  #isDirect = true;
  readonly number: number = placesMade;

  constructor(error: Error) {
    super();
    this.#error = error;
  }

  get frames(): readonly string[] {
    if (this.#frames === null) {
      const stack = String(this.#error?.stack ?? "");
      this.#frames = userFrames(stack);
      this.#isDirect = calledByUser(stack);
      // On V8 it holds the `this` of each of its frames.
      this.#error = null;
    }
    return this.#frames;
  }

  get isDirect(): boolean {
    return this.frames.length > 0 && this.#isDirect;
  }

  get location(): string {
    return frameLocation(this.frames[0] ?? "");
  }
}

/** How deep stacks are: engines keep ten frames, of which the module's own may be nine. */
const FRAMES = 30;

function errorHere(): Error {
  placesMade++;
  const { stackTraceLimit } = Error as { stackTraceLimit?: number };
  Error.stackTraceLimit = FRAMES;
  const error = new Error();
  Error.stackTraceLimit = stackTraceLimit as number;
  return error;
}

/** How many of a kind have a place of their own before others have. */
const OWN_PLACES = 100;
/** The same of the functions that have no count of their own, all together: each program that comes then begins with so many. */
const OWN_PLACES_OF_OTHERS = 32;
/** Once the process has made so many places, functions that are new have no count of their own: closures are new each time they are made. */
const MANY_PLACES = 20_000;
/** One of so many has, after that: a power of two. */
const ONE_OF = 256;
/** How many of these are kept. */
const KEPT = 16;

/** What one function has made of one kind; the place of those that have none of their own. */
class Kind extends Place {
  #made: number;
  readonly #newest: OwnPlace[] = [];
  #hasUsers = false;
  readonly #isNobodys: boolean;

  constructor(own: number, isNobodys: boolean) {
    super();
    this.#made = OWN_PLACES - own;
    this.#isNobodys = isNobodys;
  }

  /** The place of what is made here; `ofUsers` says that one without a frame of a user is of no use. */
  next(ofUsers: boolean): Place {
    if (this.#isNobodys) return new OwnPlace(errorHere());
    const number = this.#made++;
    const isOne = number < OWN_PLACES || (number & (ONE_OF - 1)) === 0;
    if (!isOne && (!ofUsers || this.#knowsUsers(number))) return this;
    return this.#newest[number % KEPT] = new OwnPlace(errorHere());
  }

  /**
   * Whether one of those that are kept has a frame of a user. What the module makes by itself has none, nor on Bun what a callback returns, whose
   * frame is given up for that: where those were the first ones, they tell nothing of what comes after. It is looked at once for each place that is
   * taken in any case.
   */
  #knowsUsers(number: number): boolean {
    if (number === OWN_PLACES || (number & (ONE_OF - 1)) === 1) {
      // From the end: the first one may be the newest, whose stack nobody has read yet.
      this.#hasUsers = this.#newest.findLast(({ location }) => location !== "") !== undefined;
    }
    return this.#hasUsers;
  }

  get frames(): readonly string[] {
    const places = this.#places();
    return places.size === 1 ? [...places.values()][0]!.frames : [];
  }

  get number(): number | null {
    return this.#newest.length === 1 ? this.#newest[0]!.number : null;
  }

  get isDirect(): boolean {
    return this.#newest.every((place) => place.isDirect);
  }

  get location(): string {
    const places = [...this.#places().keys()];
    return places.length > 1 ? `one of ${places.join(", ")}` : places[0] ?? "";
  }

  /** Those of users, by their locations. */
  #places(): Map<string, OwnPlace> {
    return new Map(this.#newest.filter(({ location }) => location !== "").map((place) => [place.location, place]));
  }
}

const makers = new WeakMap<object, Map<unknown, Kind>>();
/** What functions have made that have no count of their own. */
const others = new Map<unknown, Kind>();

/** Forgets what these have made: programs that run later have nothing to do with it. */
export function forgetOthers(): void {
  others.clear();
}

function findKind(maker: object, of: unknown): Kind {
  let kinds = makers.get(maker);
  if (kinds === undefined) {
    if (placesMade < MANY_PLACES || maker === NOBODY) makers.set(maker, kinds = new Map());
    else kinds = others;
  }
  let kind = kinds.get(of);
  if (kind === undefined) {
    const own = kinds === others ? OWN_PLACES_OF_OTHERS : OWN_PLACES;
    kinds.set(of, kind = new Kind(own, maker === NOBODY && of !== Handle));
  }
  return kind;
}

/**
 * The kinds that were looked for last. Tasks that wake each other take turns, so it is most often one of two. What makes very many things has such a
 * pair for itself.
 */
export class Kinds {
  #maker: object | null = null;
  #of: unknown = null;
  #kind: Kind | null = null;
  #otherMaker: object | null = null;
  #otherOf: unknown = null;
  #otherKind: Kind | null = null;

  /** What the function that runs here makes of one kind. */
  here(of: unknown): Kind {
    const maker = makerHere();
    if (maker === this.#maker && of === this.#of) return this.#kind as Kind;
    if (maker === this.#otherMaker && of === this.#otherOf) return this.#otherKind as Kind;
    this.#otherMaker = this.#maker;
    this.#otherOf = this.#of;
    this.#otherKind = this.#kind;
    this.#maker = maker;
    this.#of = of;
    return this.#kind = findKind(maker, of);
  }
}

const ofClasses = new Kinds();

const PLACE = Symbol("place");

/** What has a place. A property costs a twentieth of what an entry of a WeakMap does. */
interface Placed {
  [PLACE]?: Place;
}

/**
 * The place of what is made here. What makes things of one kind has `kinds` of its own, and all others share those of the classes. `ofUsers` says that
 * one without a frame of a user is of no use.
 */
export function placeHere(made: object, kinds?: Kinds, ofUsers = false): Place {
  if (debugging.keepsStacks) return new OwnPlace(errorHere());
  return (kinds === undefined ? ofClasses.here(made.constructor) : kinds.here(kinds)).next(ofUsers);
}

/** Notes where something was made. */
export function notePlace(made: object, place: Place = placeHere(made)): void {
  (made as Placed)[PLACE] = place;
}

/** The same of something that is seldom made: an async function is not on the stack there, but what it awaits has a place. */
export function noteRarePlace(made: object): void {
  const place = new OwnPlace(errorHere());
  const stepped = place.frames.length > 0 ? null : steppedHere();
  notePlace(made, (stepped === null ? undefined : placeOf(stepped)) ?? place);
}

/** Notes where something was made: where an error was made before. */
export function noteEarlyPlace(made: object, error: Error): void {
  (made as Placed)[PLACE] = new OwnPlace(error);
}

/**
 * Where something was made: a task, a future, a handle, a lazy awaitable, a transport or a server. Undefined if its loop was not in debug mode
 * then.
 */
export function placeOf(made: object): Place | undefined {
  return (made as Placed)[PLACE];
}

/** The same as a line to put behind a message; empty if it is not known. */
export function madeAt(made: object): string {
  return lineOf(placeOf(made));
}

/** A place as such a line. */
export function lineOf(place: Place | undefined, what = "made at"): string {
  const location = place?.location ?? "";
  return location === "" ? "" : `\n  ${what} ${location}`;
}
