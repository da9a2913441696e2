import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import type { Configuration } from './stage/configuration.ts';

/** Makes a group of logs that is encrypted and kept for the days of the stage. */
export function logGroup(
  scope: Construct,
  id: string,
  of: { configuration: Configuration; key: kms.IKey; name: string },
): logs.LogGroup {
  return new logs.LogGroup(scope, id, {
    logGroupName: of.name,
    encryptionKey: of.key,
    retention: of.configuration.observability.logDays as logs.RetentionDays,
    removalPolicy: removalPolicy(of.configuration),
  });
}

/**
 * What becomes of data, keys and logs when their stack is deleted. A first deployment that fails keeps
 * nothing: names that are taken would fail the second one too.
 */
export function removalPolicy({ database }: Configuration): RemovalPolicy {
  return database.onRemoval === 'keep' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}

/** Makes a key of the customer that rotates each year, which CloudWatch Logs may use too. */
export function customerKey(scope: Construct, id: string, configuration: Configuration): kms.Key {
  const { region, account, partition } = Stack.of(scope);
  const key = new kms.Key(scope, id, {
    description: `Countersign ${configuration.environment}: ${Stack.of(scope).node.id}`,
    enableKeyRotation: true,
    removalPolicy: removalPolicy(configuration),
  });
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
      },
    }),
  );
  return key;
}
