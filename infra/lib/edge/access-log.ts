import { Stack } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import { logGroup } from '../log-group.ts';
import type { Configuration } from '../stage/configuration.ts';

/** What is logged of a request: no query, no cookie, no `Referer` and no other header, so no token. */
const FIELDS = [
  'date',
  'time',
  'x-edge-request-id',
  'x-edge-location',
  'c-ip',
  'cs-method',
  'cs(Host)',
  'cs-uri-stem',
  'sc-status',
  'sc-bytes',
  'time-taken',
  'x-edge-result-type',
  'x-edge-detailed-result-type',
  'ssl-protocol',
];

/** The log of all requests to a distribution. */
export class EdgeAccessLog extends Construct {
  constructor(
    scope: Construct,
    id: string,
    of: { configuration: Configuration; key: kms.IKey; distribution: cloudfront.IDistribution },
  ) {
    super(scope, id);
    const { account } = Stack.of(this);
    const name = `countersign-${of.configuration.environment}-edge`;
    const group = logGroup(this, 'Log', { ...of, name: `/countersign/${of.configuration.environment}/edge` });
    group.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        // It ends in `:*`, which stands for the streams.
        resources: [group.logGroupArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
    const source = new logs.CfnDeliverySource(this, 'Source', {
      name,
      logType: 'ACCESS_LOGS',
      resourceArn: of.distribution.distributionArn,
    });
    const destination = new logs.CfnDeliveryDestination(this, 'Destination', {
      name,
      destinationResourceArn: group.logGroupArn,
      outputFormat: 'json',
    });
    const delivery = new logs.CfnDelivery(this, 'Delivery', {
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.attrArn,
      recordFields: FIELDS,
    });
    delivery.addResourceDependency(source);
  }
}
