import * as docdb from 'aws-cdk-lib/aws-docdb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { acknowledge } from '../acknowledge.ts';
import type { Configuration } from '../stage/configuration.ts';
import { logGroup, removalPolicy } from '../log-group.ts';
import { type Network, PORT_NUMBER } from './network.ts';
import type { DatabaseSecrets } from './secrets.ts';

/** What the cluster records of who did what. */
const AUDITED = 'ddl,authenticate,createUser,updateUser,dropUser,createIndex,dropCollection';
const SLOW_MS = '100';

/** The Amazon DocumentDB cluster of a stage. */
export class Cluster extends Construct {
  readonly cluster: docdb.DatabaseCluster;

  constructor(
    scope: Construct,
    id: string,
    of: { configuration: Configuration; network: Network; key: kms.IKey; secrets: DatabaseSecrets },
  ) {
    super(scope, id);
    const { database, environment } = of.configuration;
    const { instances } = database;
    const name = `countersign-${environment}`;
    const groups = ['audit', 'profiler'].map((kind) =>
      logGroup(this, `${kind}-log`, { ...of, name: `/aws/docdb/${name}/${kind}` }),
    );
    this.cluster = new docdb.DatabaseCluster(this, 'Cluster', {
      dbClusterName: name,
      engineVersion: database.engineVersion,
      masterUser: of.secrets.masterLogin,
      port: PORT_NUMBER,
      ...(instances.kind === 'provisioned'
        ? { instanceType: new ec2.InstanceType(instances.instanceClass), instances: instances.count }
        : { serverlessV2ScalingConfiguration: instances }),
      vpc: of.network.vpc,
      vpcSubnets: of.network.subnets,
      securityGroup: of.network.databaseGroup,
      parameterGroup: this.parameters(database.engineVersion),
      kmsKey: of.key,
      storageEncrypted: true,
      caCertificate: docdb.CaCertificate.of(database.certificateAuthority),
      backup: { retention: Duration.days(database.backup.days), preferredWindow: database.backup.window },
      preferredMaintenanceWindow: database.maintenanceWindow,
      copyTagsToSnapshot: true,
      deletionProtection: database.onRemoval === 'keep',
      removalPolicy: removalPolicy(of.configuration),
      exportAuditLogsToCloudWatch: true,
      exportProfilerLogsToCloudWatch: true,
    });
    if (instances.kind === 'serverless') {
      this.serverlessInstances(instances.count, database);
    }
    this.explain();
    groups.forEach((group) => this.cluster.node.addDependency(group));
  }

  private parameters(engineVersion: string): docdb.ClusterParameterGroup {
    return new docdb.ClusterParameterGroup(this, 'Parameters', {
      family: `docdb${engineVersion.split('.').slice(0, 2).join('.')}`,
      description: 'TLS, audit, slow operations, and expiry of sessions and codes',
      parameters: {
        tls: 'enabled',
        audit_logs: AUDITED,
        profiler: 'enabled',
        profiler_threshold_ms: SLOW_MS,
        ttl_monitor: 'enabled',
      },
    });
  }

  private explain(): void {
    const exported = 'The log `audit` is exported, and the parameter `audit_logs` names these events.';
    acknowledge(this.cluster, {
      'AwsSolutions-DOC2': 'Two security groups alone reach the port, so that another number would hide nothing.',
      'AwsSolutions-DOC3': 'User and password come from a secret, by a reference that the rule cannot read.',
      'AwsSolutions-DOC5[LogExport::authenticate]': exported,
      'AwsSolutions-DOC5[LogExport::createIndex]': exported,
      'AwsSolutions-DOC5[LogExport::dropCollection]': exported,
    });
  }

  /** The library makes no instance for a serverless cluster. */
  private serverlessInstances(count: number, database: Configuration['database']): void {
    for (let number = 1; number <= count; number++) {
      const instance = new docdb.CfnDBInstance(this, `Instance${number}`, {
        dbClusterIdentifier: this.cluster.clusterIdentifier,
        dbInstanceClass: 'db.serverless',
        caCertificateIdentifier: database.certificateAuthority,
        autoMinorVersionUpgrade: true,
        preferredMaintenanceWindow: database.maintenanceWindow,
      });
      acknowledge(instance, {
        'CloudFormation-Validate::E3620': 'The list of classes in the rule is older than DocumentDB serverless.',
      });
    }
  }
}
