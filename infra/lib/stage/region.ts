import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import type { Configuration } from './configuration.ts';
import { ConfigurationError } from './stage.ts';

/** Where CloudFront takes certificates, functions and firewalls from. */
export const EDGE_REGION = 'us-east-1';

/**
 * Checks that a construct stands where its record says, since the record names zones.
 *
 * @throws ConfigurationError when its stack is of another region, or of none
 */
export function checkRegion(construct: Construct, { environment, region }: Configuration): void {
  const found = otherRegion(construct, region);
  if (found !== undefined) {
    throw new ConfigurationError(
      `stage ${environment}: the stack has ${found}, but \`region\` is ${region}: give it \`env: { region }\``,
    );
  }
}

/**
 * Checks that a construct stands where CloudFront looks for it.
 *
 * @throws ConfigurationError when its stack is of another region, or of none
 */
export function checkEdgeRegion(construct: Construct): void {
  const found = otherRegion(construct, EDGE_REGION);
  if (found !== undefined) {
    throw new ConfigurationError(
      `${construct.node.path}: the stack has ${found}, but CloudFront looks in ${EDGE_REGION}: give it \`env: { region: '${EDGE_REGION}' }\``,
    );
  }
}

/** The region of a construct in words, where it is not the one that is wanted. */
function otherRegion(construct: Construct, wanted: string): string | undefined {
  const found = Stack.of(construct).region;
  const words = Token.isUnresolved(found) ? 'no region' : `the region ${found}`;
  return found === wanted ? undefined : words;
}
