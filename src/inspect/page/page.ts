/**
 * The live page: one document with all that it needs, which asks for nothing but the feed of its loop.
 *
 * @module
 */
import { EVENTS } from "./events.ts";
import { LANES } from "./lanes.ts";
import { MARKUP } from "./markup.ts";
import { MODEL } from "./model.ts";
import { SAVING } from "./saving.ts";
import { STYLE } from "./style.ts";
import { TABLE } from "./table.ts";
import { TREE } from "./tree.ts";

/**
 * What a browser may do for the page: nothing is loaded from elsewhere, and only the server that it came from is talked to. To be sent as the header
 * `Content-Security-Policy`.
 */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The script, in the order in which its parts need each other. */
export const PAGE_SCRIPT: string = [MODEL, TREE, TABLE, LANES, SAVING, EVENTS].join("\n");

/** The document. Its script opens a WebSocket at `live`, beside the page and with the same query, and speaks as `page_protocol.ts` has it. */
export const PAGE: string = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>Event loop</title>
<style>${STYLE}</style>
</head>
<body data-state="connecting">${MARKUP}<script>(() => {
"use strict";
${PAGE_SCRIPT}
})();</script>
</body>
</html>
`;
