// Express: `node express.js`.

import express from "express";
import { protect } from "@countersign/edge/node";
import { port, readers, verifier } from "./verifier.js";

const app = express();
app.get("/articles", protect(verifier, readers), (request, response) => {
  response.json({ reader: request.auth.subject });
});
const server = app.listen(port, "127.0.0.1", () => console.log(server.address().port));
