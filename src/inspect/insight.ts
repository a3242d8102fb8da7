/**
 * What a loop loads to look into itself: debug mode, the search for deadlocks, the tasks in words. It is one file, since bundlers give each file that
 * is loaded by itself a part of what all programs load at once, and many small parts are a larger whole.
 *
 * @module
 */
import "../loop/one_part.ts";
export * from "../deadlock/watch.ts";
export * from "../debug/debug_mode.ts";
export * from "./methods.ts";
