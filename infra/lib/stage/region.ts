import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import type { Configuration } from './configuration.ts';
import { ConfigurationError } from './stage.ts';

/**
 * Checks that a construct stands where its record says, since the record names zones.
 *
 * @throws ConfigurationError when its stack is of another region, or of none
 */
export function checkRegion(construct: Construct, { environment, region }: Configuration): void {
  const found = Stack.of(construct).region;
  if (found !== region) {
    const where = Token.isUnresolved(found) ? 'no region' : `the region ${found}`;
    throw new ConfigurationError(
      `stage ${environment}: the stack has ${where}, but \`region\` is ${region}: give it \`env: { region }\``,
    );
  }
}
