import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { CfnOutput } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { Firewall } from './api/firewall.ts';
import { Migration } from './api/migration.ts';
import { RestApi } from './api/rest-api.ts';
import { ServiceFunction } from './api/service-function.ts';
import { SigningKeys } from './api/signing-keys.ts';
import type { AuthDatabase } from './auth-database.ts';
import { customerKey } from './log-group.ts';
import { Alarms } from './observability/alarms.ts';
import { Canary } from './observability/canary.ts';
import { dashboard } from './observability/dashboard.ts';
import { databaseWatches } from './observability/database-watches.ts';
import { watchRotations } from './observability/rotation-failures.ts';
import { serviceWatches } from './observability/service-watches.ts';
import type { Configuration } from './stage/configuration.ts';
import { ConfigurationError } from './stage/stage.ts';

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

  constructor(scope: Construct, id: string, { configuration, database, archive }: AuthApiProps) {
    super(scope, id);
    if (!existsSync(archive)) {
      throw new ConfigurationError(`there is no ${archive}: \`make lambda\` builds the function`);
    }
    const code = lambda.Code.fromAsset(archive);
    const version = createHash('sha256').update(readFileSync(archive)).digest('hex').slice(0, 16);
    const key = customerKey(this, 'Key', configuration);
    const keys = new SigningKeys(this, 'SigningKeys', configuration, key);
    const migration = new Migration(this, 'Migration', { configuration, database, key, code, version });
    // Its instances and secrets must be ready, also where both constructs stand in one stack.
    migration.resource.node.addDependency(database);
    const rest = new RestApi(this, 'Rest', configuration, key);
    this.url = rest.url;
    const of = { configuration, database, keys, key, code, issuer: rest.url };
    this.service = new ServiceFunction(this, 'Service', of);
    // New code meets a database and keys that are ready for it.
    this.service.node.addDependency(migration.resource, keys.firstKey);
    rest.route(this.service.alias, configuration);
    new Firewall(this, 'Firewall', { configuration, key, stage: rest.api.deploymentStage });
    this.observe(configuration, database, rest, keys, new Alarms(this, 'Alarms', configuration, key));
    new CfnOutput(this, 'Url', { value: rest.url, description: 'Where clients reach the service' });
    new CfnOutput(this, 'SetupTokenSecret', {
      value: migration.setupToken.secretArn,
      description: 'The secret with the token for the first administrator',
    });
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
