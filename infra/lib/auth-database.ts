import * as docdb from 'aws-cdk-lib/aws-docdb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { Cluster } from './database/cluster.ts';
import { Network } from './database/network.ts';
import { DatabaseSecrets } from './database/secrets.ts';
import { customerKey } from './log-group.ts';
import type { Configuration } from './stage/configuration.ts';
import { checkRegion } from './stage/region.ts';

/** Network, cluster and passwords of a stage. */
export class AuthDatabase extends Construct {
  readonly network: Network;
  readonly cluster: docdb.DatabaseCluster;
  readonly secrets: DatabaseSecrets;
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id);
    checkRegion(this, configuration);
    this.key = customerKey(this, 'Key', configuration);
    this.network = new Network(this, 'Network', configuration, this.key);
    this.secrets = new DatabaseSecrets(this, 'Secrets', configuration, this.key);
    const { key, network, secrets } = this;
    this.cluster = new Cluster(this, 'DocumentDb', { configuration, network, key, secrets }).cluster;
    this.secrets.rotate(this.cluster, this.network);
  }
}
