import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { acknowledge } from '../acknowledge.ts';

/** Makes the role of a function, which may write its own log and nothing else yet. */
export function functionRole(scope: Construct, id: string, log: logs.ILogGroup): iam.Role {
  const role = new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [log.logGroupArn],
    }),
  );
  acknowledge(role, {
    'NIST.800.53.R5-IAMNoInlinePolicy': 'What this one function may do is of no use to another role.',
  });
  return role;
}

/** Lets Lambda connect a function with this role to the subnets. */
export function allowNetwork(role: iam.Role): void {
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
  acknowledge(role, {
    'AwsSolutions-IAM5[Resource::*]':
      'Lambda creates its network interfaces with ids that no policy can know, and describing them takes no resource. ' +
      'X-Ray has no resources either.',
  });
}

/** Secrets that a function reads, and what else it does with them. */
export interface SecretUse {
  readonly secrets: readonly secretsmanager.ISecret[];
  /** The key that encrypts them. */
  readonly key: kms.IKey;
  /** What it may do beside reading, such as `secretsmanager:PutSecretValue`. */
  readonly actions?: readonly string[];
  /** Whether it stores values, which takes a data key. */
  readonly encrypts?: boolean;
}

/**
 * Lets a role use secrets. It is a policy of the role and not of the key, since a key of another stack
 * would otherwise depend on the role, and the stacks on each other.
 */
export function allowSecrets(role: iam.Role, { secrets, key, actions = [], encrypts = false }: SecretUse): void {
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['secretsmanager:GetSecretValue', ...actions],
      resources: secrets.map((secret) => secret.secretArn),
    }),
  );
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['kms:Decrypt', ...(encrypts ? ['kms:GenerateDataKey'] : [])],
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(role).region}.amazonaws.com` } },
    }),
  );
}
