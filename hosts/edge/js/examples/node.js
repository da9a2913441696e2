// Node's own HTTP server: `node node.js`.

import { createServer } from "node:http";
import { protect } from "@countersign/edge/node";
import { port, readers, verifier } from "./verifier.js";

const guard = protect(verifier, readers);

const server = createServer((request, response) =>
  guard(request, response, (error) => {
    response.statusCode = error ? 500 : 200;
    response.end(error ? "" : JSON.stringify({ reader: request.auth.subject }));
  }),
);
server.listen(port, "127.0.0.1", () => console.log(server.address().port));
