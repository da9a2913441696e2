// Hono, for Deno, Bun or any server of the Fetch API: `deno serve hono.js`.

import { Hono } from "hono";
import { honoGuard } from "@countersign/edge/fetch";
import { readers, verifier } from "./verifier.js";

const app = new Hono();
app.get("/articles", honoGuard(verifier, readers), (context) =>
  context.json({ reader: context.get("auth").subject }),
);

export default app;
