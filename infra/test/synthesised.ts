import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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

/** For the files of the tests. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'countersign-infra-'));
/** An archive in place of those that `make lambda` builds, with the same bytes in every run. */
export const ARCHIVE = join(FOLDER, 'function.zip');
writeFileSync(ARCHIVE, 'in place of the function');

/**
 * An app with the context of `cdk.json`, but without the rules that the library checks at synthesis: they
 * take seconds to load, and are those of cfn-lint, which checks the templates too.
 */
export function newApp(): App {
  const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')) as {
    context: Record<string, string>;
  };
  return new App({ context, builtinCloudFormationValidation: false });
}

/** Synthesises a record. */
export function synthesise(configuration: Configuration, app = newApp()): Synthesised {
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
