import assert from 'node:assert/strict';
import { test } from 'node:test';

import { App } from 'aws-cdk-lib';

import { addStacks, type Configuration } from '../lib/index.ts';
import { connectionsLimit, connectionsOf } from '../lib/stage/connection-budget.ts';
import { cheapestProduction, restingCost } from '../lib/stage/costs.ts';
import { ConfigurationError, readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';
import { BUILDS, withEdge } from './stand-ins.ts';
import { STAGE_NAMES } from './synthesised.ts';

/** A record with some members replaced, by their path. */
function changed(name: string, changes: Record<string, unknown>): Record<string, unknown> {
  const record = structuredClone(STAGES[name]) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop() as string;
    let place = record as Record<string, Record<string, unknown>>;
    for (const step of steps) {
      place = place[step] as typeof place;
    }
    if (value === undefined) {
      delete (place as Record<string, unknown>)[last];
    } else {
      (place as Record<string, unknown>)[last] = value;
    }
  }
  return { [name]: record };
}

const { api, edge } = withEdge(STAGES['production'] as Configuration);
const serverless = { kind: 'serverless', minCapacity: 2, maxCapacity: 8, count: 2 };

test('a stage that cannot be used is refused in one sentence that names what is wrong', () => {
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['production', { region: undefined }, /stage production: `region`/],
    ['production', { region: 'Ireland' }, /`region`: it is a region such as `eu-west-1`/],
    ['production', { zone: 'a' }, /zone/],
    ['production', { 'service.reservedConcurrency': 500 }, /500 may open 1500 connections, but an instance takes 1000: 230 is/],
    ['development', { 'service.reservedConcurrency': 114 }, /113 is the most that fits/],
    ['production', { 'database.instances': { ...serverless, minCapacity: 1 }, 'service.reservedConcurrency': 50 }, /minCapacity/],
    ['development', { 'database.instances': { ...serverless, maxCapacity: 1 } }, /minCapacity ≤ maxCapacity/],
    ['production', { 'database.instances.count': 1 }, /at least 2 in production/],
    ['staging', { 'database.instances.instanceClass': 'm5.large' }, /`database.instances.instanceClass`/],
    ['production', { 'database.engineVersion': '5.0' }, /it is a whole version/],
    ['production', { 'database.certificateAuthority': 'rds-ca-2019' }, /`database.certificateAuthority`/],
    ['production', { 'database.backup.days': 7 }, /at least 14 in production/],
    ['production', { 'database.onRemoval': 'destroy' }, /`keep` in production/],
    ['production', { 'service.deployment': 'at-once' }, /`canary` in production/],
    ['production', { 'database.backup.window': '03:30-04:30' }, /03:30-04:30 meets/],
    ['production', { 'api.domain': { name: 'auth.example.com' } }, /`api.domain.certificateArn`/],
    ['production', { 'api.allowedOrigins': ['*'] }, /without a wildcard/],
    ['production', { 'api.allowedOrigins': ['http://app.example.com'] }, /without TLS/],
    ['production', { 'service.provisionedConcurrency': { min: 5, max: 2 } }, /min ≤ max/],
    ['production', { 'service.memoryMiB': 128 }, /`service.memoryMiB`/],
    ['production', { edge }, /`edge` needs an `api.domain` of another name/],
    ['production', { edge, api: { ...api, domain: edge?.domain } }, /`edge` needs an `api.domain` of another name/],
    ['production', { edge: { ...edge, domain: api.domain }, api }, /`edge.domain.certificateArn`: it is the ARN of a certificate in us-east-1/],
    ['production', { edge: { ...edge, originKey: 0 }, api }, /`edge.originKey`/],
    ['production', { edge, api: { ...api, allowedOrigins: ['https://app.example.com'] } }, /`edge.verifier` is `off` where/],
    ['production', { 'observability.email': 'nobody' }, /`observability.email`: it is an e-mail address/],
  ];
  for (const [name, changes, expected] of cases) {
    const read = (): unknown => readStage(name, changed(name, changes));
    assert.throws(read, (error: Error) => {
      assert.ok(error instanceof ConfigurationError, String(error));
      assert.match(error.message, expected);
      assert.ok(!error.message.includes('\n'));
      return true;
    });
  }
});

test('an unknown stage and a missing one name those that exist', () => {
  for (const name of [undefined, '', 'test', 'toString']) {
    assert.throws(() => readStage(name, STAGES), /one of development, staging, production/);
  }
});

test('a function that was not built is named', () => {
  const build = (): unknown => addStacks(new App(), readStage('development', STAGES), { ...BUILDS, archive: '/nowhere/function.zip' });
  assert.throws(build, /there is no \/nowhere\/function.zip: `make lambda` builds the function/);
});

test('production at rest is at most a tenth dearer than the cheapest arrangement that meets the checks', () => {
  const production = readStage('production', STAGES);
  const [own, cheapest] = [restingCost(production), cheapestProduction(production)];
  assert.ok(own >= cheapest && own <= 1.1 * cheapest, `${own} ${cheapest}`);
});

test('the connections of each stage stay within 70 % of what an instance takes', () => {
  for (const name of STAGE_NAMES) {
    const { database, service } = readStage(name, STAGES);
    assert.ok(connectionsOf(service.reservedConcurrency) <= 0.7 * connectionsLimit(database.instances), name);
  }
});
