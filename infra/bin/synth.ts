// Writes the templates of all stages, and of production with an edge, to folders below the first argument,
// for the checks in `infra/checks`.

import { mkdirSync, rmSync } from 'node:fs';

import { App } from 'aws-cdk-lib';

import { addStacks } from '../lib/stacks.ts';
import type { Configuration } from '../lib/stage/configuration.ts';
import { readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';
import { BUILDS, withEdge } from '../test/stand-ins.ts';

const [folder] = process.argv.slice(2) as [string];
const records: Record<string, Configuration> = { ...STAGES, 'production-edge': withEdge(STAGES['production'] as Configuration) };
for (const [name, record] of Object.entries(records)) {
  const outdir = `${folder}/${name}`;
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  // cfn-lint checks the rules that the library would take seconds to load.
  const app = new App({ outdir, builtinCloudFormationValidation: false, analyticsReporting: false });
  addStacks(app, readStage(name, { [name]: record }), BUILDS);
  app.synth();
}
