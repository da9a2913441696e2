import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { acknowledge } from '../acknowledge.ts';
import { logGroup } from '../log-group.ts';
import type { Configuration } from '../stage/configuration.ts';
import { functionRole } from './function-role.ts';

const FUNCTIONS = new URL('../../functions/', import.meta.url);

/** A function of `infra/functions`, which needs nothing but what the runtime brings. */
export class OwnFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;

  constructor(
    scope: Construct,
    id: string,
    of: {
      configuration: Configuration;
      key: kms.IKey;
      /** Its file, and the end of its name. */
      name: string;
      description: string;
      environment: Record<string, string>;
      timeout: Duration;
    },
  ) {
    super(scope, id);
    const functionName = `countersign-${of.configuration.environment}-${of.name}`;
    const log = logGroup(this, 'Log', { ...of, name: `/aws/lambda/${functionName}` });
    this.role = functionRole(this, 'Role', log);
    this.function = new lambda.Function(this, 'Function', {
      functionName,
      description: of.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: `${of.name}.handler`,
      code: lambda.Code.fromAsset(FUNCTIONS.pathname),
      role: this.role,
      memorySize: 256,
      timeout: of.timeout,
      reservedConcurrentExecutions: 1,
      logGroup: log,
      tracing: lambda.Tracing.ACTIVE,
      environmentEncryption: of.key,
      environment: of.environment,
    });
    const deadLetters = 'What it does is done again: by the next run of its schedule, or by the next deployment.';
    acknowledge(this, {
      'Serverless-LambdaDLQ': deadLetters,
      'NIST.800.53.R5-LambdaDLQ': deadLetters,
      'NIST.800.53.R5-LambdaInsideVPC':
        'It calls CloudFormation or the public API, and the network of the database has no way out.',
      'AwsSolutions-IAM5[Resource::*]': 'X-Ray takes traces without naming a resource.',
    });
  }
}
