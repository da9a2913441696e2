// Fastify: `node fastify.js`.

import Fastify from "fastify";
import { fastifyGuard } from "@countersign/edge/node";
import { port, readers, verifier } from "./verifier.js";

const app = Fastify();
app.get("/articles", { preHandler: fastifyGuard(verifier, readers) }, async (request) => ({
  reader: request.auth.subject,
}));
await app.listen({ port, host: "127.0.0.1" });
console.log(app.server.address().port);
