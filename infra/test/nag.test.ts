import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';

import { addStacks } from '../lib/stacks.ts';
import { readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';
import { BUILDS, withEdge } from './stand-ins.ts';
import { newApp, STAGE_NAMES, stage, stageWithEdge } from './synthesised.ts';

const records = STAGE_NAMES.map((name) => [name, readStage(name, STAGES)] as const);
const edge = withEdge(readStage('production', STAGES));

for (const [name, record] of [...records, ['production with an edge', edge] as const]) {
  test(`cdk-nag finds nothing unacknowledged in ${name}`, () => {
    const app = newApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), new NIST80053R5Checks(app));
    addStacks(app, record, BUILDS);
    assert.doesNotThrow(() => app.synth());
  });
}

test('each acknowledgement stands at a part of a stack, names one finding and has a reason of its own', () => {
  for (const { app } of [...STAGE_NAMES.map(stage), stageWithEdge()]) {
    for (const construct of app.node.findAll()) {
      for (const { type, data } of construct.node.metadata) {
        // The library itself acknowledges that the zones are named.
        const ours = !JSON.stringify(data).includes('CloudFormation-Validate::');
        if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY || !ours) {
          continue;
        }
        const text = JSON.stringify(data);
        assert.ok(construct.node.path.split('/').length > 2, `${construct.node.path}: ${text}`);
        for (const [id, reason] of Object.entries(data as Record<string, string>)) {
          assert.ok(!/^\*|-\*$/.test(id), `${construct.node.path}: ${id}`);
          assert.ok(String(reason).length > 30, `${construct.node.path}: ${id} ${String(reason)}`);
        }
      }
    }
  }
});
