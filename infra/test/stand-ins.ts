// What takes the place of builds and of accounts in tests and checks.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Builds } from '../lib/stacks.ts';
import type { Configuration } from '../lib/stage/configuration.ts';

/** For the files of the tests. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'countersign-infra-'));

/** An archive with the same bytes in every run, in place of those that `make lambda` builds. */
export const ARCHIVE = join(FOLDER, 'function.zip');
writeFileSync(ARCHIVE, 'in place of the function');

/** A package whose command writes the settings alone, in place of the one that `make edge` builds. */
const VERIFIER_PACKAGE = join(FOLDER, 'verifier');
for (const [file, text] of [
  ['dist/handlers/lambda-edge.js', ''],
  [
    'bin/lambda-edge.js',
    `const { copyFileSync, mkdirSync } = require('node:fs');
    const [settings, folder] = process.argv.slice(2);
    mkdirSync(folder);
    copyFileSync(settings, folder + '/settings.json');`,
  ],
] as const) {
  const path = join(VERIFIER_PACKAGE, file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

export const BUILDS: Builds = { archive: ARCHIVE, verifierPackage: VERIFIER_PACKAGE };

/** A record with an edge. */
export function withEdge(record: Configuration, more: Partial<NonNullable<Configuration['edge']>> = {}): Configuration {
  const certificate = (region: string): string => `arn:aws:acm:${region}:111122223333:certificate/1`;
  return {
    ...record,
    api: { ...record.api, domain: { name: 'api.auth.example.com', certificateArn: certificate(record.region) } },
    edge: {
      domain: { name: 'auth.example.com', certificateArn: certificate('us-east-1') },
      verifier: 'on',
      originKey: 1,
      ...more,
    },
  };
}
