import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { acknowledgeRotation } from '../acknowledge.ts';
import { PUNCTUATION } from '../database/secrets.ts';
import type { Configuration, EdgeConfiguration } from '../stage/configuration.ts';
import { EDGE_REGION } from '../stage/region.ts';

/** The header in which API Gateway expects a key. */
export const KEY_HEADER = 'x-api-key';

/** The name of the secret with a key. It has a name, since the stack of the edge cannot refer to this region. */
export function originSecretName(environment: Configuration['environment'], originKey: number): string {
  return `countersign-${environment}-origin-${originKey}`;
}

/**
 * The keys by which the API knows the edge, so that nobody else reaches it, and the function believes
 * what the edge says of the client. The key before the current one stays valid while the edge moves to
 * the current one.
 */
export class OriginKeys extends Construct {
  /** The ids of the keys, which are no secrets. */
  readonly ids: string[];

  constructor(
    scope: Construct,
    id: string,
    of: { configuration: Configuration; edge: EdgeConfiguration; api: apigateway.RestApi; key: kms.IKey },
  ) {
    super(scope, id);
    const plan = new apigateway.UsagePlan(this, 'Plan', {
      description: `Countersign ${of.configuration.environment}: the edge`,
      apiStages: [{ api: of.api, stage: of.api.deploymentStage }],
    });
    const { originKey } = of.edge;
    const numbers = [originKey - 1, originKey].filter((number) => number > 0);
    const keys = numbers.map((number) => this.key(number, of));
    keys.forEach((key) => plan.addApiKey(key));
    this.ids = keys.map(({ keyId }) => keyId);
  }

  private key(number: number, { configuration, key }: { configuration: Configuration; key: kms.IKey }): apigateway.ApiKey {
    const { environment, region } = configuration;
    const secret = new secretsmanager.Secret(this, `Secret${number}`, {
      description: `Countersign ${environment}: key ${number} by which the API knows the edge`,
      secretName: originSecretName(environment, number),
      encryptionKey: key,
      replicaRegions: region === EDGE_REGION ? [] : [{ region: EDGE_REGION }],
      removalPolicy: RemovalPolicy.DESTROY,
      generateSecretString: { passwordLength: 64, excludeCharacters: PUNCTUATION },
    });
    acknowledgeRotation(secret, 'The next number in the record of the stage makes the next key; both stacks take it up one after the other.');
    return new apigateway.ApiKey(this, `Key${number}`, {
      description: `Countersign ${environment}: the edge, key ${number}`,
      value: secret.secretValue.unsafeUnwrap(),
    });
  }
}
