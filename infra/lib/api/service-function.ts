import { Duration } from 'aws-cdk-lib';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { acknowledge } from '../acknowledge.ts';
import type { AuthDatabase } from '../auth-database.ts';
import type { Configuration } from '../stage/configuration.ts';
import { POOL } from '../stage/connection-budget.ts';
import { type Program, programFunction } from './program-function.ts';
import type { SigningKeys } from './signing-keys.ts';

/** The time that an invocation has. The function answers half a second earlier. */
export const TIMEOUT = Duration.seconds(10);
/** The part of the provisioned environments that may be busy before more are kept. */
const UTILISATION = 0.7;
/** The function that answers the calls, behind the alias `live`. */
export class ServiceFunction extends Construct {
  readonly function: lambda.Function;
  readonly alias: lambda.Alias;

  constructor(
    scope: Construct,
    id: string,
    of: {
      configuration: Configuration;
      database: AuthDatabase;
      keys: SigningKeys;
      key: kms.IKey;
      program: Program;
      /** The ids of the keys by which the API knows proxies. */
      proxyKeys: readonly string[];
      issuer: string;
    },
  ) {
    super(scope, id);
    const { configuration, database, keys, key } = of;
    const { service, environment } = configuration;
    this.function = programFunction(this, {
      configuration,
      database,
      key,
      program: of.program,
      handler: 'bootstrap',
      functionName: `countersign-${environment}`,
      description: `Countersign ${environment}: the authentication service`,
      memoryMiB: service.memoryMiB,
      timeout: TIMEOUT,
      reservedConcurrency: service.reservedConcurrency,
      secrets: [
        { secrets: [database.secrets.application], key: database.key },
        { secrets: [keys.signingKey, keys.refreshSecret], key, actions: ['secretsmanager:DescribeSecret'] },
      ],
      environment: {
        COUNTERSIGN_MONGODB_SECRET: database.secrets.application.secretArn,
        COUNTERSIGN_MONGODB_POOL: String(POOL),
        JWT_SECRET_KEY: keys.signingKey.secretArn,
        COUNTERSIGN_REFRESH_SECRET: keys.refreshSecret.secretArn,
        COUNTERSIGN_ISSUER: of.issuer,
        COUNTERSIGN_ALLOWED_ORIGINS: configuration.api.allowedOrigins.join(','),
        COUNTERSIGN_DESCRIPTION: service.description,
        ...(of.proxyKeys.length === 0 ? {} : { COUNTERSIGN_PROXY_KEYS: of.proxyKeys.join(',') }),
      },
      withoutDeadLetters: 'API Gateway waits for the answer of each invocation, so none is ever retried later.',
    });
    this.alias = this.function.addAlias('live', provisioned(configuration));
    this.scale(configuration);
  }

  /** Lets new code take over step by step, and the old come back when one of these alarms sounds. */
  deploy(configuration: Configuration, alarms: cloudwatch.IAlarm[]): void {
    const group = new codedeploy.LambdaDeploymentGroup(this, 'Deployment', {
      alias: this.alias,
      deploymentConfig:
        configuration.service.deployment === 'canary'
          ? codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES
          : codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE,
      alarms,
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: alarms.length > 0 },
    });
    acknowledge(group, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]':
        'It is the policy of AWS for exactly this, limited to moving aliases and reading alarms.',
    });
  }

  private scale({ service: { provisionedConcurrency } }: Configuration): void {
    if (provisionedConcurrency === undefined) {
      return;
    }
    const { min, max } = provisionedConcurrency;
    const target = new appscaling.ScalableTarget(this, 'Warm', {
      serviceNamespace: appscaling.ServiceNamespace.LAMBDA,
      scalableDimension: 'lambda:function:ProvisionedConcurrency',
      resourceId: `function:${this.function.functionName}:${this.alias.aliasName}`,
      minCapacity: min,
      maxCapacity: max,
    });
    target.node.addDependency(this.alias);
    target.scaleToTrackMetric('Utilisation', {
      targetValue: UTILISATION,
      predefinedMetric: appscaling.PredefinedMetric.LAMBDA_PROVISIONED_CONCURRENCY_UTILIZATION,
    });
  }
}

function provisioned({ service: { provisionedConcurrency } }: Configuration): lambda.AliasOptions {
  return provisionedConcurrency === undefined ? {} : { provisionedConcurrentExecutions: provisionedConcurrency.min };
}
