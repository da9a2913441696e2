import { App, Stack } from 'aws-cdk-lib';

import { AuthDatabase } from './auth-database.ts';
import { AuthService, tagAll } from './auth-service.ts';
import type { Configuration } from './stage/configuration.ts';

/** Adds the two stacks of a stage to an app. */
export function addStacks(app: App, configuration: Configuration, archive: string): { database: Stack; api: Stack } {
  const { environment, region, database: { onRemoval } } = configuration;
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
  // `Default` adds nothing to the names of its parts.
  new AuthService(ofApi, 'Default', { configuration, database, archive });
  tagAll(app, configuration);
  return { database: ofDatabase, api: ofApi };
}
