import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';

import { readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';
import { STAGE_NAMES, stage, synthesise } from './synthesised.ts';

for (const name of STAGE_NAMES) {
  test(`cdk-nag finds nothing unacknowledged in ${name}`, () => {
    const { app } = synthesise(readStage(name, STAGES), (fresh) =>
      Validations.of(fresh).addPlugins(
        new AwsSolutionsChecks(fresh),
        new ServerlessChecks(fresh),
        new NIST80053R5Checks(fresh),
      ),
    );
    assert.doesNotThrow(() => app.synth());
  });
}

test('each acknowledgement stands at a part of a stack, names one finding and has a reason of its own', () => {
  for (const name of STAGE_NAMES) {
    for (const construct of stage(name).app.node.findAll()) {
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
