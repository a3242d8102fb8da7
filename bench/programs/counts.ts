/**
 * How often the programs do what they do. Every peer does it as often.
 */

/** Switches between tasks, and hand-offs from one to the other. */
export const SWITCHES = 100_000;
/** Tasks that switch, where they are many. */
export const MANY = 1_000;
/** Tasks that are made and awaited one after the other. */
export const CREATED = 20_000;
/** Items that go through a queue. */
export const ITEMS = 50_000;
/** How often a free lock is taken. */
export const LOCKED = 100_000;
/** Tasks that are parked and cancelled. */
export const PARKED = 1_000;
/** Jobs that give way once, each of them. */
export const JOBS = 2_000;
/** So many jobs may be at work at once. */
export const AT_ONCE = 8;
