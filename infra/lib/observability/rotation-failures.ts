import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

import { acknowledge } from '../acknowledge.ts';

/** Tells the topic when Secrets Manager could not rotate one of these secrets. */
export function watchRotations(
  scope: Construct,
  topic: sns.ITopic,
  secrets: secretsmanager.ISecret[],
  runbook: string,
): void {
  const rule = new events.Rule(scope, 'RotationFailed', {
    description: 'A rotation of Secrets Manager failed',
    eventPattern: {
      source: ['aws.secretsmanager'],
      detailType: ['AWS Service Event via CloudTrail'],
      detail: {
        eventName: ['RotationFailed'],
        additionalEventData: { SecretId: secrets.map((secret) => secret.secretArn) },
      },
    },
    targets: [
      new targets.SnsTopic(topic, {
        message: events.RuleTargetInput.fromText(
          `A rotation failed: ${events.EventField.fromPath('$.detail.additionalEventData.SecretId')}. ` +
            `Runbook: ${runbook}#rotation-failed`,
        ),
      }),
    ],
  });
  acknowledge(rule, {
    'Serverless-EventBusDLQ': 'Nobody would read a queue of messages to people; the failed secret stays failed in the console.',
  });
}
