import { CfnOutput } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

import { Firewall } from './api/firewall.ts';
import { Migration } from './api/migration.ts';
import { OriginKeys } from './api/origin-keys.ts';
import type { Program } from './api/program-function.ts';
import { RestApi } from './api/rest-api.ts';
import { ServiceFunction } from './api/service-function.ts';
import { SigningKeys } from './api/signing-keys.ts';
import type { AuthDatabase } from './auth-database.ts';
import { digest, fileLayer, requireFile } from './files.ts';
import { customerKey } from './log-group.ts';
import { Alarms } from './observability/alarms.ts';
import { Canary } from './observability/canary.ts';
import { dashboard } from './observability/dashboard.ts';
import { databaseWatches } from './observability/database-watches.ts';
import { watchRotations } from './observability/rotation-failures.ts';
import { serviceWatches } from './observability/service-watches.ts';
import type { Configuration } from './stage/configuration.ts';
import { checkRegion } from './stage/region.ts';

/** What an API of the service is made of. */
export interface AuthApiProps {
  readonly configuration: Configuration;
  readonly database: AuthDatabase;
  /** The zip that `make lambda` builds for arm64. */
  readonly archive: string;
}

/** Function, REST API, firewall, keys and alarms of a stage. */
export class AuthApi extends Construct {
  /** Where clients reach the service; the issuer of its tokens. */
  readonly url: string;
  readonly service: ServiceFunction;
  /** Receives the alarms. */
  readonly alarmTopic: sns.ITopic;

  constructor(scope: Construct, id: string, { configuration, database, archive }: AuthApiProps) {
    super(scope, id);
    checkRegion(this, configuration);
    const program = this.program(archive, configuration);
    const key = customerKey(this, 'Key', configuration);
    const keys = new SigningKeys(this, 'SigningKeys', configuration, key);
    const migration = new Migration(this, 'Migration', { configuration, database, key, program });
    // Its instances and secrets must be ready, also where both constructs stand in one stack.
    migration.resource.node.addDependency(database);
    const rest = new RestApi(this, 'Rest', configuration, key);
    this.url = rest.url;
    const { edge } = configuration;
    const proxyKeys =
      edge === undefined ? [] : new OriginKeys(this, 'OriginKeys', { configuration, edge, api: rest.api, key }).ids;
    const of = { configuration, database, keys, key, program, proxyKeys, issuer: rest.url };
    this.service = new ServiceFunction(this, 'Service', of);
    // New code meets a database and keys that are ready for it.
    this.service.node.addDependency(migration.resource, keys.firstKey);
    rest.route(this.service.alias, configuration);
    if (edge === undefined) {
      new Firewall(this, 'Firewall', { configuration, key, scope: 'REGIONAL' }).guard(rest.api.deploymentStage);
    }
    const alarms = new Alarms(this, 'Alarms', configuration, key);
    this.alarmTopic = alarms.topic;
    this.observe(configuration, database, rest, keys, alarms);
    new CfnOutput(this, 'Url', { value: rest.url, description: 'Where clients reach the service' });
    new CfnOutput(this, 'SetupTokenSecret', {
      value: migration.setupToken.secretArn,
      description: 'The secret with the token for the first administrator',
    });
  }

  /** The zip with the policy file of the stage. */
  private program(archive: string, { environment, service: { policyFile } }: Configuration): Program {
    requireFile(archive, '`make lambda` builds the function');
    const code = lambda.Code.fromAsset(archive);
    if (policyFile === undefined) {
      return { code, version: digest(archive), policy: undefined };
    }
    const file = requireFile(policyFile, '`service.policyFile` is a path from the folder in which the app runs');
    const policy = fileLayer(this, 'Policy', { file, description: `Countersign ${environment}: the policy file` });
    // The migration reads the policy too, so that one which cannot be used fails the deployment there,
    // before any code takes it up.
    return { code, version: digest(archive, file), policy };
  }

  private observe(
    configuration: Configuration,
    database: AuthDatabase,
    rest: RestApi,
    keys: SigningKeys,
    alarms: Alarms,
  ): void {
    const { environment, observability } = configuration;
    const functionName = `countersign-${environment}`;
    const { ofDeployment, others } = serviceWatches({ configuration, rest, service: this.service, keys, functionName });
    const ofDatabase = databaseWatches(configuration, database.cluster.clusterIdentifier);
    this.service.deploy(configuration, alarms.watch(ofDeployment));
    alarms.watch([...others, ...ofDatabase]);
    const { master, application } = database.secrets;
    watchRotations(alarms, alarms.topic, [master, application], observability.runbook);
    if (observability.canary) {
      const canary = new Canary(this, 'Canary', { configuration, key: alarms.topic.masterKey!, url: rest.url });
      alarms.watch([
        {
          name: 'canary',
          meaning: 'No user can log in: the canary failed twice',
          metric: canary.success,
          below: 1,
          periods: 2,
          silenceIsBad: true,
        },
      ]);
    }
    dashboard(this, environment, alarms.all, [...ofDeployment, ...others, ...ofDatabase]);
  }
}
