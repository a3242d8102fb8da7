const JSR = Deno.env.get("JSR_URL") ?? "https://jsr.io/";

/** The configuration for Deno: `deno.json`, or the one with stand-ins for `@std` when JSR does not answer. */
export async function chooseConfig(): Promise<string> {
  if (await answers(new URL("@std/assert/meta.json", JSR))) {
    console.log("JSR answers: the tests use @std from there on Deno, and the stand-ins of tests/std elsewhere.");
    return "deno.json";
  }
  console.log("JSR does not answer: the tests use the stand-ins of tests/std (deno.offline.json).");
  return "deno.offline.json";
}

async function answers(url: URL): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
