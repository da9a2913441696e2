// Asks the function in the network to migrate the database, for CloudFormation.

import { answerDeployment } from './deployment.js';

/** Answers CloudFormation. Nothing is undone when the stack is deleted. */
export async function handler(event, context) {
  await answerDeployment(event, context, async () => {
    if (event.RequestType !== 'Delete') {
      const { call } = await import('./lambda.js');
      await migrate(() => call(process.env.FUNCTION_NAME, { task: 'migrate' }));
    }
  });
}

/**
 * @param {() => Promise<{ failed: boolean, payload: string }>} call
 * @throws when the migration failed, with its own sentence
 */
export async function migrate(call) {
  const { failed, payload } = await call();
  if (failed) {
    let answer = {};
    try {
      answer = JSON.parse(payload);
    } catch {
      // A process that was ended leaves no JSON.
    }
    throw new Error(`the migration failed: ${answer.errorMessage ?? 'it gave no reason'}`);
  }
}
