// What must not change unnoticed: whole templates, the identity of data, and the variables that the
// test of the function starts it with. UPDATE_SNAPSHOTS=1 writes all anew.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import type { Template } from 'aws-cdk-lib/assertions';

import { edgeTable, loginTable, rateTable, restingTable } from '../lib/stage/costs.ts';
import { diagram } from './diagram.ts';
import { only, type Resource, STAGE_NAMES, stage, stageWithEdge, synthesise } from './synthesised.ts';

const HERE = new URL('./', import.meta.url);
/** The policy of a team, which the test of the function serves. */
const POLICY = fileURLToPath(new URL('../../tests/lambda/fixtures/team.toml', HERE));
const UPDATE = process.env['UPDATE_SNAPSHOTS'] === '1';

function matches(file: string, value: unknown): void {
  const path = new URL(file, HERE);
  const text = `${JSON.stringify(value, undefined, 1)}\n`;
  if (UPDATE) {
    mkdirSync(new URL('./', path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.ok(existsSync(path), `${file} is missing: UPDATE_SNAPSHOTS=1 npm test writes it`);
  if (readFileSync(path, 'utf8') !== text) {
    assert.deepEqual(value, JSON.parse(readFileSync(path, 'utf8')), `${file} differs: UPDATE_SNAPSHOTS=1 npm test writes it anew`);
  }
}

/** A template without what changes with every build. */
function stable(template: Template): unknown {
  const text = JSON.stringify(template.toJSON())
    .replaceAll(/[0-9a-f]{64}/g, '<hash>')
    .replaceAll(/(Deployment|CurrentVersion)([A-Za-z]*)[0-9a-f]{32}/g, '$1$2<hash>');
  return JSON.parse(text) as unknown;
}

for (const name of STAGE_NAMES) {
  test(`the templates of ${name} are those that were reviewed`, () => {
    const { database, api } = stage(name);
    matches(`snapshots/${name}.json`, { AuthServiceDatabase: stable(database), AuthServiceApi: stable(api) });
  });
}

test('the template of an edge is the one that was reviewed', () => {
  matches('snapshots/edge.json', { AuthServiceEdge: stable(stageWithEdge().edge) });
});

/** Properties whose change makes CloudFormation replace the resource, by type (its documentation). */
const IDENTITY: Readonly<Record<string, readonly string[]>> = {
  'AWS::DocDB::DBCluster': ['AvailabilityZones', 'DBClusterIdentifier', 'DBSubnetGroupName', 'KmsKeyId', 'MasterUsername', 'SnapshotIdentifier', 'SourceDBClusterIdentifier', 'StorageEncrypted'],
  'AWS::DocDB::DBSubnetGroup': ['DBSubnetGroupName'],
  'AWS::EC2::Subnet': ['AvailabilityZone', 'CidrBlock', 'VpcId'],
  'AWS::EC2::VPC': ['CidrBlock'],
  'AWS::KMS::Key': ['KeySpec', 'MultiRegion'],
  'AWS::SecretsManager::Secret': ['Name'],
};

test('no change replaces cluster, keys, secrets or network', () => {
  const identities = STAGE_NAMES.map((name) => {
    const { database, api } = stage(name);
    const all = { ...database.toJSON().Resources, ...api.toJSON().Resources } as Record<string, Resource>;
    const kept = Object.entries(all).filter(([, { Type }]) => Type in IDENTITY);
    const identity = kept.map(([id, { Type, Properties }]) => [
      id,
      { Type, ...Object.fromEntries((IDENTITY[Type] ?? []).map((property) => [property, Properties?.[property]])) },
    ]);
    return [name, Object.fromEntries(identity)];
  });
  matches('identities.json', JSON.parse(JSON.stringify(Object.fromEntries(identities))));
});

/** Names for what only AWS knows, by the part of the logical id that tells it. */
const NAMES: readonly [RegExp, string][] = [
  [/SecretsMaster/, '<master secret>'],
  [/SecretsApplication/, '<application secret>'],
  [/SigningKeysSigningKey/, '<signing key>'],
  [/SigningKeysRefreshSecret/, '<refresh secret>'],
  [/SetupToken/, '<set-up token>'],
  [/Endpoint/, '<cluster>'],
  [/RestApi/, '<api>'],
  [/OriginKeys/, '<origin key>'],
];

/** The text of a value, with names in place of references. */
function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    return String(value);
  }
  const { 'Fn::Join': join, Ref: reference } = value as { 'Fn::Join'?: [string, unknown[]]; Ref?: string };
  if (join !== undefined) {
    return join[1].map(text).join(join[0]);
  }
  if (reference === 'AWS::URLSuffix') {
    return 'amazonaws.com';
  }
  const found = NAMES.find(([part]) => part.test(JSON.stringify(value)));
  assert.ok(found, `there is no name for ${JSON.stringify(value)}`);
  return found[1];
}

/** The variables of a function, with names in place of what only AWS knows. */
function variables(api: Template, part: string): Record<string, string> {
  const { Variables } = only(api, 'AWS::Lambda::Function', part).Properties.Environment;
  return Object.fromEntries(Object.entries(Variables as object).map(([variable, value]) => [variable, text(value)]));
}

test('the function is tested with the variables of each stage, and what a policy and an edge add to them', () => {
  const environments = STAGE_NAMES.map((name) => {
    const { api, configuration } = stage(name);
    const shipped = synthesise({ ...configuration, service: { ...configuration.service, policyFile: POLICY } }).api;
    const [service, migration] = ['ServiceFunction', 'MigrationFunction'].map((part) => variables(api, part));
    const policy = { COUNTERSIGN_POLICY: `/opt/${basename(POLICY)}` };
    assert.deepEqual(variables(shipped, 'ServiceFunction'), { ...service, ...policy });
    assert.deepEqual(variables(shipped, 'MigrationFunction'), { ...migration, ...policy });
    return [name, { service, migration, policy }] as const;
  });
  const service = variables(stageWithEdge().api, 'ServiceFunction');
  const edge = { ...environments.find(([name]) => name === 'production')?.[1], service };
  matches('environments.json', Object.fromEntries([...environments, ['production-edge', edge]]));
});

/** What the diagram of an edge shows. */
const EDGE_BOXES = /^(firewall|CloudFront|REST API|function (edge|service)|secret: key \d+ by which .*)$/;

test('the diagrams and the costs in the README are those of the stages', () => {
  const path = new URL('../README.md', HERE);
  const readme = readFileSync(path, 'utf8');
  const section = (name: string, table: string, text: string): string =>
    text.replace(new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`), (_, first: string, last: string) => `${first}\n${table}\n\n${last}`);
  const records = STAGE_NAMES.map((name) => stage(name).configuration);
  const { database, api, configuration } = stage('production');
  const drawn = section('diagram of production', diagram([database, api]), readme);
  const { api: guarded, edge: before } = stageWithEdge();
  const edgeDrawn = section('diagram of an edge', diagram([guarded, before], EDGE_BOXES), drawn);
  const rates = section('rates', rateTable(), edgeDrawn);
  const resting = section('costs at rest', restingTable(records), rates);
  const edge = section('costs of an edge', edgeTable(), resting);
  const current = section('costs of logins', loginTable(configuration), edge);
  if (UPDATE) {
    writeFileSync(path, current);
  }
  assert.equal(readFileSync(path, 'utf8'), current, 'UPDATE_SNAPSHOTS=1 npm test writes it anew');
});
