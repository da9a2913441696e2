// The client of Lambda, which the runtime brings.

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

/** Invokes a function and waits for its answer. */
export async function call(FunctionName, event) {
  const client = new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: 320_000 } });
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return { failed: answer.FunctionError !== undefined, payload: Buffer.from(answer.Payload ?? []).toString() };
}
