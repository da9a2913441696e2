import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { acknowledge, acknowledgeRotation } from '../acknowledge.ts';
import { allowSecrets } from '../api/function-role.ts';
import { OwnFunction } from '../api/own-function.ts';
import { PUNCTUATION } from '../database/secrets.ts';
import type { Configuration } from '../stage/configuration.ts';

const EVERY = Duration.minutes(5);

/** A function outside the network that logs in every five minutes. */
export class Canary extends Construct {
  /** 1 for a visit that went well, 0 for another. */
  readonly success: cloudwatch.Metric;

  constructor(scope: Construct, id: string, of: { configuration: Configuration; key: kms.IKey; url: string }) {
    super(scope, id);
    const { configuration, key } = of;
    const account = new secretsmanager.Secret(this, 'Account', {
      description: `Countersign ${configuration.environment}: password of the account that the canary logs in with`,
      encryptionKey: key,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'password',
        passwordLength: 40,
        excludeCharacters: PUNCTUATION,
      },
    });
    acknowledgeRotation(account, 'The account has no role and no data; a new password would need a second account.');
    const { function: visitor, role } = new OwnFunction(this, 'Canary', {
      configuration,
      key,
      name: 'canary',
      description: 'Logs in as a client does',
      timeout: Duration.minutes(1),
      environment: { ACCOUNT_SECRET: account.secretArn, URL: of.url, EMAIL: 'canary@countersign.example' },
    });
    allowSecrets(role, { secrets: [account], key });
    const rule = new events.Rule(this, 'Schedule', {
      description: 'Logs in every five minutes',
      schedule: events.Schedule.rate(EVERY),
      targets: [new targets.LambdaFunction(visitor, { retryAttempts: 0 })],
    });
    acknowledge(rule, { 'Serverless-EventBusDLQ': 'The next visit is five minutes later, and silence sounds the alarm.' });
    this.success = new cloudwatch.Metric({
      namespace: 'Countersign',
      metricName: 'canary_success',
      dimensionsMap: { canary: visitor.functionName },
      statistic: 'Minimum',
      period: EVERY,
    });
  }
}
