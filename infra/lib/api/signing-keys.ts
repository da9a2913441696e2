import { CustomResource, Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { acknowledge, acknowledgeRotation } from '../acknowledge.ts';
import { PUNCTUATION } from '../database/secrets.ts';
import { removalPolicy } from '../log-group.ts';
import type { Configuration } from '../stage/configuration.ts';
import { allowSecrets } from './function-role.ts';
import { OwnFunction } from './own-function.ts';

/** How old a signing key becomes before the next one is made. */
const PERIOD = Duration.days(90);
/**
 * How long a new key is only published. It is longer than verifiers keep keys, which is an hour at
 * API Gateway, and shorter than the day for which the function takes a pending key for one.
 */
const PENDING = Duration.hours(6);

/** The secret of the signing key with its rotation, and the secret of refresh tokens. */
export class SigningKeys extends Construct {
  readonly signingKey: secretsmanager.Secret;
  readonly refreshSecret: secretsmanager.Secret;
  readonly rotation: lambda.Function;
  /** What makes the first key. A function that reads the key depends on it. */
  readonly firstKey: CustomResource;

  constructor(scope: Construct, id: string, configuration: Configuration, key: kms.IKey) {
    super(scope, id);
    const { environment } = configuration;
    const removal = removalPolicy(configuration);
    this.signingKey = new secretsmanager.Secret(this, 'SigningKey', {
      description: `Countersign ${environment}: the key that signs access tokens`,
      encryptionKey: key,
      removalPolicy: removal,
    });
    // Without a value: a generated one would be a shared secret, with which verifiers could sign.
    (this.signingKey.node.defaultChild as secretsmanager.CfnSecret).generateSecretString = undefined;
    this.refreshSecret = new secretsmanager.Secret(this, 'RefreshSecret', {
      description: `Countersign ${environment}: what refresh and device tokens are made with`,
      encryptionKey: key,
      removalPolicy: removal,
      generateSecretString: { passwordLength: 64, excludeCharacters: PUNCTUATION },
    });
    acknowledgeRotation(this.signingKey, 'Its rotation runs by a schedule of its own: a key is published before it signs.');
    acknowledgeRotation(this.refreshSecret, 'It signs nothing that others verify, so it is changed by hand after a leak.');
    this.rotation = this.rotates(configuration, key);
    this.firstKey = this.first();
  }

  private rotates(configuration: Configuration, key: kms.IKey): lambda.Function {
    const { function: rotation, role } = new OwnFunction(this, 'Rotation', {
      configuration,
      key,
      name: 'signing-key',
      description: 'Makes signing keys, and lets them take over when verifiers know them',
      timeout: Duration.minutes(1),
      environment: {
        SECRET_ID: this.signingKey.secretArn,
        PERIOD_HOURS: String(PERIOD.toHours()),
        PENDING_HOURS: String(PENDING.toHours()),
      },
    });
    allowSecrets(role, {
      secrets: [this.signingKey],
      key,
      actions: [
        'secretsmanager:ListSecretVersionIds',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      encrypts: true,
    });
    const rule = new events.Rule(this, 'EveryHour', {
      description: 'Looks whether a signing key is due',
      schedule: events.Schedule.rate(Duration.hours(1)),
      targets: [new targets.LambdaFunction(rotation, { retryAttempts: 2 })],
    });
    acknowledge(rule, { 'Serverless-EventBusDLQ': 'The next hour looks again, and an alarm tells of two failures.' });
    return rotation;
  }

  private first(): CustomResource {
    return new CustomResource(this, 'FirstKey', {
      serviceToken: this.rotation.functionArn,
      resourceType: 'Custom::SigningKey',
      serviceTimeout: Duration.minutes(5),
    });
  }
}
