import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { hc } from "hono/client";
import { validator } from "hono/validator";
import { sleep } from "../../mod.ts";
import { routes } from "../../src/hono/mod.ts";
import { get, serving } from "../http/serving.ts";

const named = validator("json", (value: { name?: unknown }, c) => {
  return typeof value.name === "string" ? { name: value.name } : c.text("no name", 400);
});

const makeApi = () =>
  routes(new Hono())
    .get("/users/:id", function* (c) {
      yield* sleep(1);
      return c.json({ id: c.req.param("id") });
    })
    .post("/users", named, function* (c) {
      yield* sleep(1);
      return c.json({ made: c.req.valid("json").name }, 201);
    });

describe("What routes() gives", () => {
  it("stands for the app: it can be asked, served, mounted and given a base path", async () => {
    const api = makeApi();
    assert(api instanceof Hono);
    assertEquals(await (await api.request("/users/7")).json(), { id: "7" });
    assertEquals(await (await api.fetch(new Request("http://localhost/users/8"))).json(), { id: "8" });
    await serving(api.fetch, async (server) => assertEquals(await get(server, "/users/9"), [200, '{"id":"9"}']));
    const whole = new Hono().route("/api", api);
    assertEquals(await (await whole.request("/api/users/7")).json(), { id: "7" });
    const below = routes(makeApi().basePath("/v2")).get("/x", function* (c) {
      yield* sleep(1);
      return c.text("below");
    });
    assertEquals(await (await below.request("/v2/x")).text(), "below");
  });

  it("changes the app by all of its methods", async () => {
    const app = new Hono();
    const api = routes(app).get("/fails", function* () {
      yield* sleep(1);
      throw new RangeError("oops");
    });
    api.onError((error, c) => c.text(`${error}`, 418));
    api.notFound((c) => c.text("nothing", 404));
    api.route("/sub", new Hono().get("/x", (c) => c.text("sub")));
    assertEquals(api.routes.length, app.routes.length);
    assertEquals(await (await app.request("/fails")).text(), "RangeError: oops");
    assertEquals(await (await app.request("/else")).text(), "nothing");
    assertEquals(await (await app.request("/sub/x")).text(), "sub");
  });

  it("makes a client by hc<typeof api>", async () => {
    const api = makeApi();
    const client = hc<typeof api>("http://localhost", { fetch: api.request });
    assertEquals(await (await client.users[":id"].$get({ param: { id: "7" } })).json(), { id: "7" });
    const made = await client.users.$post({ json: { name: "ada" } });
    assertEquals([made.status as number, await made.json() as unknown], [201, { made: "ada" }]);
    // deno-lint-ignore no-explicit-any
    const refused = await client.users.$post({ json: {} as any });
    assertEquals([refused.status, await refused.text()], [400, "no name"]);
  });

  it("is made of nothing but an app", () => {
    // @ts-expect-error no app
    assertThrows(() => routes({}), TypeError, "give a Hono app");
  });
});
