import { App, Stack, Tags } from 'aws-cdk-lib';

import { AuthApi } from './auth-api.ts';
import { AuthDatabase } from './auth-database.ts';
import type { Configuration } from './stage/configuration.ts';

/** Adds the two stacks of a stage to an app. */
export function addStacks(app: App, configuration: Configuration, archive: string): { database: Stack; api: Stack } {
  const { environment, region, database: { onRemoval }, tags } = configuration;
  const stack = (id: string, description: string): Stack =>
    new Stack(app, id, {
      // `cdk deploy` takes the id; the name keeps the stages of one account apart.
      stackName: `${id}-${environment}`,
      description: `Countersign ${environment}: ${description}`,
      env: { region },
      terminationProtection: onRemoval === 'keep',
    });
  const ofDatabase = stack('AuthServiceDatabase', 'network, cluster and passwords');
  const database = new AuthDatabase(ofDatabase, 'Database', configuration);
  const ofApi = stack('AuthServiceApi', 'function, REST API, firewall, keys and alarms');
  new AuthApi(ofApi, 'Api', { configuration, database, archive });
  for (const [name, value] of Object.entries({ ...tags, stage: environment })) {
    Tags.of(app).add(name, value);
  }
  return { database: ofDatabase, api: ofApi };
}
