import type { Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { acknowledge } from '../acknowledge.ts';
import type { AuthDatabase } from '../auth-database.ts';
import { PORT_NUMBER } from '../database/network.ts';
import type { LayerFile } from '../files.ts';
import { logGroup } from '../log-group.ts';
import type { Configuration } from '../stage/configuration.ts';
import { allowNetwork, allowSecrets, functionRole, type SecretUse } from './function-role.ts';

/** The database in the cluster. */
const DATABASE = 'countersign';

/** The program of the service as it is deployed. */
export interface Program {
  /** The zip that `make lambda` builds. */
  readonly code: lambda.Code;
  /** What tells one version of it from another. */
  readonly version: string;
  /** The policy file. Without one the defaults hold. */
  readonly policy: LayerFile | undefined;
}

/**
 * Makes a function in the network of the database that runs the program of the service, with its log
 * and its role. It adds them to `scope` itself, so that the name of the caller is theirs.
 */
export function programFunction(
  scope: Construct,
  of: {
    configuration: Configuration;
    database: AuthDatabase;
    key: kms.IKey;
    program: Program;
    /** The name by which the program knows its task. */
    handler: 'bootstrap' | 'migrate';
    functionName: string;
    description: string;
    memoryMiB: number;
    timeout: Duration;
    reservedConcurrency: number;
    /** In the order in which the policy of the role names them. */
    secrets: readonly SecretUse[];
    /** Beside the variables that every task needs. */
    environment: Record<string, string>;
    /** Why no invocation is put aside for later. */
    withoutDeadLetters: string;
  },
): lambda.Function {
  const { configuration, database, key, program, functionName } = of;
  const log = logGroup(scope, 'Log', { configuration, key, name: `/aws/lambda/${functionName}` });
  const role = functionRole(scope, 'Role', log);
  allowNetwork(role);
  of.secrets.forEach((use) => allowSecrets(role, use));
  const made = new lambda.Function(scope, 'Function', {
    functionName,
    description: of.description,
    runtime: lambda.Runtime.PROVIDED_AL2023,
    architecture: lambda.Architecture.ARM_64,
    handler: of.handler,
    code: program.code,
    ...(program.policy === undefined ? {} : { layers: [program.policy.layer] }),
    role,
    memorySize: of.memoryMiB,
    timeout: of.timeout,
    reservedConcurrentExecutions: of.reservedConcurrency,
    vpc: database.network.vpc,
    vpcSubnets: database.network.subnets,
    securityGroups: [database.network.serviceGroup],
    logGroup: log,
    tracing: lambda.Tracing.ACTIVE,
    environmentEncryption: key,
    environment: {
      MONGODB_URI: mongodbUri(database),
      ENVIRONMENT: configuration.environment,
      LOG_LEVEL: configuration.service.logLevel,
      ...(program.policy === undefined ? {} : { COUNTERSIGN_POLICY: program.policy.path }),
      ...of.environment,
    },
  });
  acknowledge(made, {
    'Serverless-LambdaDLQ': of.withoutDeadLetters,
    'NIST.800.53.R5-LambdaDLQ': of.withoutDeadLetters,
  });
  return made;
}

/** The connection string of the cluster. User and password come from a secret. */
function mongodbUri({ cluster }: AuthDatabase): string {
  return `mongodb://${cluster.clusterEndpoint.hostname}:${PORT_NUMBER}/${DATABASE}?tls=true&replicaSet=rs0`;
}
