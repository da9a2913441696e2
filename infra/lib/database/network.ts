import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { acknowledge } from '../acknowledge.ts';
import type { Configuration } from '../stage/configuration.ts';
import { logGroup } from '../log-group.ts';

/** The port of DocumentDB. */
export const PORT_NUMBER = 27017;
export const PORT = ec2.Port.tcp(PORT_NUMBER);
const HTTPS = ec2.Port.tcp(443);
/** The AWS services that are reached through endpoints, since the subnets have no way out. */
const SERVICES = {
  SecretsManager: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Kms: ec2.InterfaceVpcEndpointAwsService.KMS,
  Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
};

/** Subnets without a way out in three zones, and who may connect to whom in them. */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
  /** Of the cluster. */
  readonly databaseGroup: ec2.SecurityGroup;
  /** Of the functions that serve and migrate. */
  readonly serviceGroup: ec2.SecurityGroup;
  /** Of the functions that rotate the passwords. */
  readonly rotationGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, configuration: Configuration, key: kms.IKey) {
    super(scope, id);
    const zones = ['a', 'b', 'c'].map((letter) => `${configuration.region}${letter}`);
    const { network } = configuration;
    this.vpc = network.kind === 'new' ? this.newVpc(network.cidr, zones, configuration, key)
      : ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
          vpcId: network.vpcId,
          vpcCidrBlock: network.cidr,
          availabilityZones: zones,
          isolatedSubnetIds: network.isolatedSubnetIds,
        });
    this.databaseGroup = this.group('DatabaseGroup', 'The cluster');
    this.serviceGroup = this.group('ServiceGroup', 'The functions that serve and migrate');
    this.rotationGroup = this.group('RotationGroup', 'The functions that rotate passwords');
    const endpointGroup = this.group('EndpointGroup', 'The endpoints of AWS services');
    for (const group of [this.serviceGroup, this.rotationGroup]) {
      allow(group, this.databaseGroup, PORT, 'the database');
      allow(group, endpointGroup, HTTPS, 'AWS services');
    }
    for (const [name, service] of Object.entries(SERVICES)) {
      new ec2.InterfaceVpcEndpoint(this, name, {
        vpc: this.vpc,
        service,
        privateDnsEnabled: true,
        open: false,
        securityGroups: [endpointGroup],
        subnets: { ...this.subnets, availabilityZones: zones.slice(0, network.endpointZones) },
      });
    }
  }

  private newVpc(cidr: string, zones: string[], configuration: Configuration, key: kms.IKey): ec2.Vpc {
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(cidr),
      availabilityZones: zones,
      natGateways: 0,
      // Left out: the function that it adds would need permissions on every security group. The default
      // group is attached to nothing.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
    });
    acknowledge(vpc, {
      'NIST.800.53.R5-VPCDefaultSecurityGroupClosed':
        'Nothing uses the default group, and closing it would take a function that may change every group.',
    });
    const flows = vpc.addFlowLog('FlowLog', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        logGroup(this, 'FlowLogs', { configuration, key, name: `/countersign/${configuration.environment}/flow` }),
      ),
      trafficType: ec2.FlowLogTrafficType.ALL,
    });
    acknowledge(flows, { 'NIST.800.53.R5-IAMNoInlinePolicy': 'The role writes this one log and is of no use elsewhere.' });
    return vpc;
  }

  private group(id: string, description: string): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, id, {
      vpc: this.vpc,
      description: `${description} of ${Stack.of(this).stackName}`,
      allowAllOutbound: false,
    });
  }
}

function allow(from: ec2.SecurityGroup, to: ec2.SecurityGroup, port: ec2.Port, what: string): void {
  from.addEgressRule(to, port, `to ${what}`);
  to.addIngressRule(from, port, `from those who need ${what}`);
}
