// The protocol between CloudFormation and the function of a custom resource.

/** Whether CloudFormation sent this event. */
export function isDeployment(event) {
  return typeof event.RequestType === 'string' && typeof event.ResponseURL === 'string';
}

/**
 * Runs `action`, and tells CloudFormation how it ended. The message of its error is one sentence, which
 * the events of the stack show.
 */
export async function answerDeployment(event, context, action, send = put) {
  const answer = {
    PhysicalResourceId: event.PhysicalResourceId ?? event.LogicalResourceId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  };
  let failure;
  try {
    await action();
  } catch (error) {
    failure = error;
  }
  const outcome =
    failure === undefined
      ? { Status: 'SUCCESS' }
      : { Status: 'FAILED', Reason: `${failure.message} (log stream ${context.logStreamName})` };
  await send(event.ResponseURL, { ...answer, ...outcome });
}

async function put(url, answer) {
  // The signature of the URL is for an empty type; `fetch` would send one of its own.
  const headers = { 'content-type': '' };
  const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(answer) });
  if (!response.ok) {
    throw new Error(`CloudFormation did not take the answer: status ${response.status}`);
  }
}
