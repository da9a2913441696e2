import { App } from 'aws-cdk-lib';

import { addStacks } from '../lib/stacks.ts';
import { ConfigurationError, readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';

const ARCHIVE = new URL('../../target/lambda/countersign-arm64.zip', import.meta.url).pathname;
const VERIFIER_PACKAGE = new URL('../../hosts/edge/js', import.meta.url).pathname;

try {
  const app = new App();
  const stage = (app.node.tryGetContext('stage') as string | undefined) ?? process.env['STAGE'];
  const archive = (app.node.tryGetContext('archive') as string | undefined) ?? ARCHIVE;
  addStacks(app, readStage(stage, STAGES), { archive, verifierPackage: VERIFIER_PACKAGE });
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) {
    throw error;
  }
  console.error(`infra: ${error.message}`);
  process.exitCode = 1;
}
