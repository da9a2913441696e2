import { readFileSync } from 'node:fs';

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import { addStacks, type Stacks } from '../lib/stacks.ts';
import type { Configuration } from '../lib/stage/configuration.ts';
import { readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';
import { BUILDS, withEdge } from './stand-ins.ts';

/** A resource as it stands in a template. */
export interface Resource {
  readonly Type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string | string[];
}

/** A stage with its templates. */
export interface Synthesised {
  readonly configuration: Configuration;
  readonly app: App;
  readonly stacks: Stacks;
  readonly database: Template;
  readonly api: Template;
  /** Where the stage has an edge. */
  readonly edge?: Template;
}

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
  const stacks = addStacks(app, configuration, BUILDS);
  return {
    configuration,
    app,
    stacks,
    database: Template.fromStack(stacks.database),
    api: Template.fromStack(stacks.api),
    ...(stacks.edge && { edge: Template.fromStack(stacks.edge) }),
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

let edged: Synthesised | undefined;

/** Production with an edge, synthesised once. */
export function stageWithEdge(): Synthesised & { readonly edge: Template } {
  edged ??= synthesise(withEdge(readStage('production', STAGES)));
  return edged as Synthesised & { readonly edge: Template };
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

/** The names of the project that the resources of a template have in the account. */
export function physicalNames(template: Template): string[] {
  const named = (value: unknown): string[] =>
    Object.entries((value ?? {}) as object).flatMap(([key, of]) => {
      if (typeof of !== 'string') {
        return typeof of === 'object' ? named(of) : [];
      }
      return /^(\w*(?<!Metric)Name|DBClusterIdentifier)$/.test(key) && /countersign|AuthService/.test(of) ? [of] : [];
    });
  return named(template.toJSON());
}
