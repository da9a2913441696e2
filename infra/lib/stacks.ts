import { App, Stack } from 'aws-cdk-lib';

import { AuthDatabase } from './auth-database.ts';
import { AuthEdge } from './auth-edge.ts';
import { AuthService, tagAll } from './auth-service.ts';
import type { Configuration } from './stage/configuration.ts';
import { EDGE_REGION } from './stage/region.ts';

/** What was built before. */
export interface Builds {
  /** The zip of the function for arm64, which `make lambda` builds. */
  readonly archive: string;
  /** The folder of `@countersign/edge`, which `make edge` builds, for stages with an edge. */
  readonly verifierPackage: string;
}

/** The stacks of a stage. */
export interface Stacks {
  readonly database: Stack;
  readonly api: Stack;
  /** Where the stage has an edge. */
  readonly edge?: Stack;
}

/** Adds the stacks of a stage to an app. */
export function addStacks(app: App, configuration: Configuration, { archive, verifierPackage }: Builds): Stacks {
  const { environment, database: { onRemoval } } = configuration;
  const stack = (id: string, description: string, region = configuration.region): Stack =>
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
  const ofEdge = configuration.edge && stack('AuthServiceEdge', 'CloudFront before the API', EDGE_REGION);
  if (ofEdge !== undefined) {
    new AuthEdge(ofEdge, 'Edge', { configuration, verifierPackage });
    // It reads the key that the other has made.
    ofEdge.addStackDependency(ofApi);
  }
  tagAll(app, configuration);
  return { database: ofDatabase, api: ofApi, ...(ofEdge && { edge: ofEdge }) };
}
