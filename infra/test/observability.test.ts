import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { resources, STAGE_NAMES, stage, stageWithEdge } from './synthesised.ts';

const RUNBOOK = new URL('../RUNBOOK.md', import.meta.url);

/** What must be watched, from the checks I13 and I23. */
const WATCHED = [
  'AWS/DocDB CPUUtilization',
  'AWS/DocDB DatabaseConnections',
  'AWS/DocDB FreeableMemory',
  'AWS/DocDB DatabaseCursorsTimedOut',
  'AWS/DocDB LowMemNumOperationsThrottled',
  'AWS/ApiGateway 5XXError',
  'AWS/ApiGateway Latency',
  'AWS/Lambda Errors',
  'AWS/Lambda Throttles',
  'AWS/Lambda Duration',
  'AWS/Lambda ConcurrentExecutions',
  'Countersign countersign_unanswered_total',
];

test('I13, I23: everything that matters has an alarm, which goes to the topic and names its runbook', () => {
  const headings = [...readFileSync(RUNBOOK, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  for (const name of STAGE_NAMES) {
    const alarms = resources(stage(name).api, 'AWS::CloudWatch::Alarm');
    const text = JSON.stringify(alarms);
    for (const watched of WATCHED) {
      const [space, metric] = watched.split(' ') as [string, string];
      const found = new RegExp(`"MetricName":"${metric}","Namespace":"${space}"|"Namespace":"${space}"[^{}]*"MetricName":"${metric}"|"MetricName":"${metric}"[^{}]*"Namespace":"${space}"`);
      assert.match(text, found, `${name}: ${watched}`);
    }
    for (const [id, { Properties }] of alarms) {
      assert.equal(Properties.AlarmActions.length, 1, id);
      const anchor = (Properties.AlarmDescription as string).split('#')[1] as string;
      assert.ok(headings.includes(anchor), `${anchor} has no heading in RUNBOOK.md`);
    }
    stage(name).api.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  }
  assert.ok(headings.includes('rotation-failed'));
});

test('an edge has its alarm, which names its runbook', () => {
  const alarms = resources(stageWithEdge().edge, 'AWS::CloudWatch::Alarm');
  assert.match(JSON.stringify(alarms), /"MetricName":"5xxErrorRate","Namespace":"AWS\/CloudFront"/);
  for (const [id, { Properties }] of alarms) {
    assert.equal(Properties.AlarmActions.length, 1, id);
    const anchor = (Properties.AlarmDescription as string).split('#')[1] as string;
    assert.ok(readFileSync(RUNBOOK, 'utf8').includes(`\n### ${anchor}\n`), anchor);
  }
});

test('a failed rotation of either password reaches the topic', () => {
  for (const name of STAGE_NAMES) {
    const rules = resources(stage(name).api, 'AWS::Events::Rule');
    const found = rules.find(([id]) => id.includes('RotationFailed'));
    assert.deepEqual(found?.[1].Properties.EventPattern.detail.eventName, ['RotationFailed']);
    assert.equal(found?.[1].Properties.EventPattern.detail.additionalEventData.SecretId.length, 2);
  }
});

test('the metrics of the service that are watched exist', () => {
  const documented = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');
  const text = JSON.stringify(resources(stage('production').api, 'AWS::CloudWatch::Alarm'));
  const names = [...text.matchAll(/"(countersign_\w+)"/g)].map(([, metric]) => metric as string);
  assert.ok(names.length > 0);
  assert.ok(names.every((metric) => documented.includes(`\`${metric}\``)), names.join());
  assert.ok(existsSync(RUNBOOK));
});
