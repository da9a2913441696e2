// The vectors in a worker: takes the file as a body and answers with the result.

import * as edge from "../../hosts/edge/js/dist/entries/worker.js";
import { judge } from "./judge.js";

export default {
  async fetch(request) {
    return Response.json(await judge(edge, await request.json()));
  },
};
