import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { test } from 'node:test';

// @ts-expect-error: plain JavaScript, as the runtime of Lambda takes it
import { metrics, visit } from '../functions/canary.js';
// @ts-expect-error: as above
import { answerDeployment } from '../functions/deployment.js';
// @ts-expect-error: as above
import { migrate } from '../functions/migration.js';
// @ts-expect-error: as above
import { due, newKey, rotate } from '../functions/signing-key.js';

const HOUR = 3_600_000;
const TIMES = { periodHours: 24 * 90, pendingHours: 6 };
const version = (stage: string, hoursAgo: number) => ({ id: stage, stages: [stage], createdAt: -hoursAgo * HOUR });

test('a signing key is published before it signs, and signs before it is old', () => {
  const cases: [string, unknown[]][] = [
    ['create', []],
    ['create', [version('AWSPENDING', 1)]],
    ['nothing', [version('AWSCURRENT', 24 * 90 - 1)]],
    ['publish', [version('AWSCURRENT', 24 * 90)]],
    ['publish', [version('AWSCURRENT', 24 * 90), version('AWSPREVIOUS', 24 * 180)]],
    ['publish', [{ ...version('AWSCURRENT', 24 * 90), stages: ['AWSCURRENT', 'AWSPENDING'] }]],
    ['nothing', [version('AWSCURRENT', 24 * 90), version('AWSPENDING', 5)]],
    ['activate', [version('AWSCURRENT', 24 * 90), version('AWSPENDING', 6)]],
  ];
  for (const [expected, versions] of cases) {
    assert.equal(due(versions, 0, TIMES), expected, JSON.stringify(versions));
  }
});

test('a rotation goes from publishing to activation, and repeating a step does no harm', async () => {
  let now = 0;
  let versions: { id: string; stages: string[]; createdAt: number }[] = [];
  const secret = {
    versions: async () => versions,
    put: async (_: string, stage: string) => {
      versions = [...versions, { id: `v${versions.length}`, stages: [stage], createdAt: now }];
    },
    activate: async () => {
      const next: Record<string, string[]> = { AWSCURRENT: ['AWSPREVIOUS'], AWSPENDING: ['AWSCURRENT'], AWSPREVIOUS: [] };
      versions = versions.map((of) => ({ ...of, stages: of.stages.flatMap((stage) => next[stage] ?? []) }));
    },
  };
  const steps: string[] = [];
  for (const hours of [0, 0, 24 * 90, 24 * 90 + 5, 24 * 90 + 6, 24 * 90 + 7]) {
    now = hours * HOUR;
    steps.push(await rotate(secret, now, TIMES));
  }
  assert.deepEqual(steps, ['create', 'nothing', 'publish', 'nothing', 'activate', 'nothing']);
  assert.deepEqual(versions.map((of) => of.stages), [['AWSPREVIOUS'], ['AWSCURRENT']]);
  assert.equal(await rotate(secret, now, { ...TIMES, publishNow: true }), 'publish');
  assert.equal(await rotate(secret, now, { ...TIMES, publishNow: true }), 'nothing');
});

test('a new key is a private JSON Web Key for ES256 with an id of its own', () => {
  const [one, other] = [JSON.parse(newKey()), JSON.parse(newKey())];
  assert.notEqual(one.kid, other.kid);
  assert.deepEqual([one.kty, one.crv, one.alg], ['EC', 'P-256', 'ES256']);
  const key = createPrivateKey({ key: one, format: 'jwk' });
  const signature = sign('sha256', Buffer.from('x'), key);
  assert.ok(verify('sha256', Buffer.from('x'), createPublicKey(key), signature));
});

test('CloudFormation hears how an action ended, with its sentence', async () => {
  const sent: { Status: string; Reason?: string; PhysicalResourceId: string }[] = [];
  const event = { RequestType: 'Create', ResponseURL: 'https://x', LogicalResourceId: 'Migration' };
  const send = async (_: string, answer: never): Promise<void> => void sent.push(answer);
  await answerDeployment(event, { logStreamName: 'stream' }, async () => undefined, send);
  const fails = async (): Promise<void> =>
    migrate(async () => ({ failed: true, payload: '{"errorMessage":"the database refuses the credentials"}' }));
  await answerDeployment(event, { logStreamName: 'stream' }, fails, send);
  assert.deepEqual(sent.map((of) => of.Status), ['SUCCESS', 'FAILED']);
  assert.equal(sent[1]?.Reason, 'the migration failed: the database refuses the credentials (log stream stream)');
  assert.equal(sent[0]?.PhysicalResourceId, 'Migration');
  await assert.rejects(migrate(async () => ({ failed: true, payload: 'Process exited' })), /it gave no reason/);
});

test('the answer to CloudFormation has an empty type, for which its URL is signed', async (context) => {
  const calls: RequestInit[] = [];
  context.mock.method(globalThis, 'fetch', async (_: string, request: RequestInit) => {
    calls.push(request);
    return new Response();
  });
  await answerDeployment({ RequestType: 'Delete', ResponseURL: 'https://x' }, {}, async () => undefined);
  assert.deepEqual(calls.map(({ method, headers }) => [method, headers]), [['PUT', { 'content-type': '' }]]);
});

test('the canary registers once, logs in and out, and says which call failed', async () => {
  const account = { email: 'canary@countersign.example', password: 'p' };
  const run = async (answers: number[]): Promise<string[]> => {
    const calls: string[] = [];
    await visit('https://api', account, async (url: string) => {
      calls.push(url.replace('https://api', ''));
      const status = answers.shift() as number;
      return { status, json: async () => ({ refresh_token: 'r' }) };
    });
    return calls;
  };
  assert.deepEqual(await run([200, 204]), ['/v1/login', '/v1/logout']);
  assert.deepEqual(await run([401, 202, 200, 204]), ['/v1/login', '/v1/register', '/v1/login', '/v1/logout']);
  await assert.rejects(run([503]), /\/v1\/login answered 503/);
  await assert.rejects(run([401, 202, 401]), /\/v1\/login answered 401/);
  assert.equal(metrics(undefined, 5, 0).canary_success, 1);
  assert.equal(metrics('x', 5, 0).canary_success, 0);
});
