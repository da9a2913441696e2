import { Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';

import type { Configuration } from './stage/configuration.ts';

/** What `aud` of the tokens holds by default. */
export const AUDIENCE = 'countersign';

/** Where clients reach a service under the domain of its record; the issuer of its tokens. */
export function issuerOf({ api, edge }: Configuration): string | undefined {
  const domain = edge?.domain ?? api.domain;
  return domain === undefined ? undefined : `https://${domain.name}`;
}

/** Where clients reach an API that has no domain, without a slash at the end. */
export function generatedUrl(api: apigateway.RestApi, stageName: string): string {
  const { region, urlSuffix } = Stack.of(api);
  return `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
}

/** Where an issuer publishes its keys. */
export function keySetOf(issuer: string): string {
  return `${issuer}/.well-known/jwks.json`;
}
