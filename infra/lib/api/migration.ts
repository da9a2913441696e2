import { CustomResource, Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { acknowledge, acknowledgeRotation } from '../acknowledge.ts';
import type { AuthDatabase } from '../auth-database.ts';
import { removalPolicy } from '../log-group.ts';
import type { Configuration } from '../stage/configuration.ts';
import { OwnFunction } from './own-function.ts';
import { type Program, programFunction } from './program-function.ts';

/** A migration waits for a cluster that has just been made. */
const TIMEOUT = Duration.minutes(5);

/**
 * The step of every deployment that makes the user of the function, collections, indexes and the
 * set-up token. The function in the network does it with the service's own code; it cannot reach
 * CloudFormation, so one outside the network asks it and passes on how it ended.
 */
export class Migration extends Construct {
  readonly resource: CustomResource;
  /** Holds the token for the first administrator, until there is one. */
  readonly setupToken: secretsmanager.Secret;

  constructor(
    scope: Construct,
    id: string,
    private readonly of: {
      configuration: Configuration;
      database: AuthDatabase;
      key: kms.IKey;
      program: Program;
    },
  ) {
    super(scope, id);
    const { configuration, key } = of;
    this.setupToken = new secretsmanager.Secret(this, 'SetupToken', {
      description: `Countersign ${configuration.environment}: makes the first administrator, once and within a day`,
      encryptionKey: key,
      removalPolicy: removalPolicy(configuration),
    });
    (this.setupToken.node.defaultChild as secretsmanager.CfnSecret).generateSecretString = undefined;
    acknowledgeRotation(this.setupToken, 'The token works once and for a day, and each migration writes a new one.');
    const caller = this.caller(this.migrates());
    this.resource = new CustomResource(this, 'Resource', {
      serviceToken: caller.functionArn,
      resourceType: 'Custom::Migration',
      serviceTimeout: TIMEOUT.plus(Duration.minutes(1)),
      // Another value makes CloudFormation run it again.
      properties: { Version: of.program.version, Cluster: of.database.cluster.clusterIdentifier },
    });
  }

  private migrates(): lambda.Function {
    const { configuration, database, key, program } = this.of;
    return programFunction(this, {
      configuration,
      database,
      key,
      program,
      handler: 'migrate',
      functionName: `countersign-${configuration.environment}-migrate`,
      description: 'Makes the user of the function, collections, indexes and the set-up token',
      memoryMiB: 512,
      timeout: TIMEOUT,
      reservedConcurrency: 1,
      secrets: [
        { secrets: [database.secrets.master, database.secrets.application], key: database.key },
        { secrets: [this.setupToken], key, actions: ['secretsmanager:PutSecretValue'], encrypts: true },
      ],
      environment: {
        COUNTERSIGN_MONGODB_SECRET: database.secrets.master.secretArn,
        COUNTERSIGN_MONGODB_USER_SECRET: database.secrets.application.secretArn,
        COUNTERSIGN_SETUP_SECRET: this.setupToken.secretArn,
      },
      withoutDeadLetters: 'Its caller waits for the answer, and a failure fails the deployment.',
    });
  }

  private caller(migration: lambda.Function): lambda.Function {
    const { configuration, key } = this.of;
    const caller = new OwnFunction(this, 'Caller', {
      configuration,
      key,
      name: 'migration',
      description: 'Asks for a migration at deployment, and tells CloudFormation how it ended',
      timeout: TIMEOUT.plus(Duration.seconds(30)),
      environment: { FUNCTION_NAME: migration.functionName },
    });
    migration.grantInvoke(caller.role);
    acknowledge(caller.role, {
      [`AwsSolutions-IAM5[Resource::<${nameOf(migration)}.Arn>:*]`]:
        'The permission to invoke a function covers its versions; it has none but the latest.',
    });
    return caller.function;
  }
}

function nameOf(of: lambda.Function): string {
  const child = of.node.defaultChild as lambda.CfnFunction;
  return child.stack.resolve(child.logicalId) as string;
}
