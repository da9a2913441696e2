import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import { addStacks } from '../lib/stacks.ts';
import type { Configuration } from '../lib/stage/configuration.ts';
import { readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';

/** A resource as it stands in a template. */
export interface Resource {
  readonly Type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string | string[];
}

/** A stage with its two templates. */
export interface Synthesised {
  readonly configuration: Configuration;
  readonly app: App;
  readonly stacks: { readonly database: Stack; readonly api: Stack };
  readonly database: Template;
  readonly api: Template;
}

/** An archive in place of the one that `make lambda` builds, with the same bytes in every run. */
export const ARCHIVE = join(mkdtempSync(join(tmpdir(), 'countersign-infra-')), 'function.zip');
writeFileSync(ARCHIVE, 'in place of the function');

/** Synthesises a record. */
export function synthesise(configuration: Configuration, prepare: (app: App) => void = () => undefined): Synthesised {
  const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'strong' } });
  prepare(app);
  const stacks = addStacks(app, configuration, ARCHIVE);
  return {
    configuration,
    app,
    stacks,
    database: Template.fromStack(stacks.database),
    api: Template.fromStack(stacks.api),
  };
}

/** All stages of the project. */
export const STAGE_NAMES = Object.keys(STAGES);
const done = new Map<string, Synthesised>();

/** A stage of the project, synthesised once. */
export function stage(name: string): Synthesised {
  const found = done.get(name) ?? synthesise(readStage(name, STAGES));
  done.set(name, found);
  return found;
}

/** The resources of a type by their logical ids. */
export function resources(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.findResources(type)) as [string, Resource][];
}

/** The only resource of a type whose id contains `part`. */
export function only(template: Template, type: string, part = ''): Resource {
  const found = resources(template, type).filter(([id]) => id.includes(part));
  if (found.length !== 1) {
    throw new Error(`${found.length} resources ${type} with ${part}: ${found.map(([id]) => id).join(', ')}`);
  }
  return (found[0] as [string, Resource])[1];
}
