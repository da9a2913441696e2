// Rotates the signing key: an hourly look at its secret, and the first key at deployment.

import { generateKeyPairSync, randomUUID } from 'node:crypto';

import { answerDeployment, isDeployment } from './deployment.js';

const HOUR = 3_600_000;

/**
 * What is due for the versions of the secret: `create` the first key, `publish` the next one, let it
 * `activate`, or nothing.
 *
 * @param {{ stages: string[], createdAt: number }[]} versions
 * @param {number} now milliseconds since the Unix epoch
 * @param {{ periodHours: number, pendingHours: number }} times
 * @returns {'create' | 'publish' | 'activate' | 'nothing'}
 */
export function due(versions, now, { periodHours, pendingHours }) {
  const of = (stage) => versions.find(({ stages }) => stages.includes(stage));
  const age = (version) => (now - version.createdAt) / HOUR;
  const [current, pending] = [of('AWSCURRENT'), of('AWSPENDING')];
  if (current === undefined) {
    return 'create';
  }
  if (pending !== undefined && pending !== current) {
    return age(pending) >= pendingHours ? 'activate' : 'nothing';
  }
  return age(current) >= periodHours ? 'publish' : 'nothing';
}

/** A new private key for ES256 as a JSON Web Key, with an id of its own. */
export function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' });
}

/**
 * Does what is due, and returns what that was.
 *
 * @param {import('./secret.js').Secret} secret
 * @param {{ periodHours: number, pendingHours: number, publishNow?: boolean }} times
 */
export async function rotate(secret, now, times) {
  const versions = await secret.versions();
  const found = due(versions, now, times);
  const step = times.publishNow === true && found === 'nothing' && !isPending(versions) ? 'publish' : found;
  switch (step) {
    case 'create':
      await secret.put(newKey(), 'AWSCURRENT');
      break;
    case 'publish':
      await secret.put(newKey(), 'AWSPENDING');
      break;
    case 'activate':
      await secret.activate(versions);
      break;
    default:
      break;
  }
  return step;
}

function isPending(versions) {
  return versions.some(({ stages }) => stages.includes('AWSPENDING') && !stages.includes('AWSCURRENT'));
}

/** Answers the schedule, `{"publishNow": true}` of an operator, and CloudFormation. */
export async function handler(event, context) {
  if (isDeployment(event)) {
    return answerDeployment(event, context, async () => {
      if (event.RequestType !== 'Delete') {
        await run(false);
      }
    });
  }
  return { step: await run(event.publishNow === true) };
}

async function run(publishNow) {
  const { open } = await import('./secret.js');
  const step = await rotate(open(process.env.SECRET_ID), Date.now(), {
    periodHours: Number(process.env.PERIOD_HOURS),
    pendingHours: Number(process.env.PENDING_HOURS),
    publishNow,
  });
  console.log(JSON.stringify({ level: 'info', message: 'signing key', step }));
  return step;
}
