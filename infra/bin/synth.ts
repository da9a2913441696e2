// Writes the templates of all stages to folders below the first argument, for the checks in
// `infra/checks`.

import { mkdirSync, rmSync } from 'node:fs';

import { App } from 'aws-cdk-lib';

import { addStacks } from '../lib/stacks.ts';
import { readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';

const [folder, archive] = process.argv.slice(2) as [string, string];
for (const name of Object.keys(STAGES)) {
  const outdir = `${folder}/${name}`;
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  // cfn-lint checks the rules that the library would take seconds to load.
  const app = new App({ outdir, builtinCloudFormationValidation: false, analyticsReporting: false });
  addStacks(app, readStage(name, STAGES), archive);
  app.synth();
}
