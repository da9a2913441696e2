// Logs in from outside every five minutes, as a client does, and writes how that went as metrics.

const NAMESPACE = 'Countersign';
const TIMEOUT_MS = 15_000;

/** Registers the canary's account where it is missing, logs in, and logs out again. */
export async function handler() {
  const { read } = await import('./secret.js');
  const account = JSON.parse(await read(process.env.ACCOUNT_SECRET));
  const began = Date.now();
  let failure;
  try {
    await visit(process.env.URL, { email: process.env.EMAIL, password: account.password });
  } catch (error) {
    failure = error.message;
  }
  console.log(JSON.stringify(metrics(failure, Date.now() - began, Date.now())));
}

/** @throws an error that says which call was answered with which status */
export async function visit(url, account, fetched = fetch) {
  const post = async (path, body, expected, headers = {}) => {
    const response = await fetched(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!expected.includes(response.status)) {
      throw new Error(`${path} answered ${response.status}`);
    }
    return response;
  };
  let login = await post('/v1/login', account, [200, 401]);
  if (login.status === 401) {
    await post('/v1/register', account, [201, 202, 409]);
    login = await post('/v1/login', account, [200]);
  }
  const { refresh_token } = await login.json();
  await post('/v1/logout', { refresh_token }, [204]);
}

/** The embedded metric format of CloudWatch, which needs no call. */
export function metrics(failure, ms, now) {
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [['canary']],
          Metrics: [
            { Name: 'canary_success', Unit: 'Count' },
            { Name: 'canary_milliseconds', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
    canary: process.env.AWS_LAMBDA_FUNCTION_NAME ?? '',
    canary_success: failure === undefined ? 1 : 0,
    canary_milliseconds: ms,
    ...(failure === undefined ? {} : { failure }),
  };
}
