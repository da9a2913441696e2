// A service in Express that checks the access tokens of Countersign.

import express from "express";
import { answerErrors, authenticate, authorize } from "./countersign.js";

const app = express();
app.disable("x-powered-by");

// Answers everyone.
app.get("/health", (request, response) => {
  response.json({ status: "ok" });
});

// Answers every user: what the token says about its bearer.
app.get("/me", authenticate, (request, response) => {
  response.json(request.user);
});

// Answers users whom the policy of Countersign permits to read the documents of this owner.
app.get("/users/:owner/documents", authenticate, async (request, response) => {
  const { owner } = request.params;
  await authorize(request, "documents:read", owner);
  response.json({ owner, documents: [] });
});

app.use(answerErrors);

app.listen(Number(process.env.PORT ?? "8000"), "127.0.0.1", function (error) {
  if (error) throw error;
  console.log(`listens on http://127.0.0.1:${this.address().port}`);
});
