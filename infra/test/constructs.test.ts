// The constructs that other apps take, and the package in which they get them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import { AuthService, type Configuration, ConfigurationError, STAGES } from '../lib/index.ts';
import { ARCHIVE, FOLDER, newApp, only, resources } from './synthesised.ts';

const INFRA = fileURLToPath(new URL('..', import.meta.url));
const REGION = 'eu-west-1';
const staging = STAGES['staging'] as Configuration;
const POLICY = join(FOLDER, 'shop.toml');
writeFileSync(POLICY, '# the policy of a shop\n');

function stackOf(region: string | undefined = REGION): Stack {
  return new Stack(newApp(), 'Theirs', region === '' ? {} : { env: { region } });
}

function service(stack: Stack, policyFile?: string): AuthService {
  const configuration = { ...staging, service: { ...staging.service, ...(policyFile === undefined ? {} : { policyFile }) } };
  return new AuthService(stack, 'Countersign', { configuration, archive: ARCHIVE });
}

function refused(build: () => unknown, expected: RegExp): void {
  assert.throws(build, (error: Error) => {
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.match(error.message, expected);
    return true;
  });
}

test('the whole service stands in one stack, where the migration waits for the instances', () => {
  const stack = stackOf();
  const made = service(stack);
  const template = Template.fromStack(stack);
  const { DependsOn } = only(template, 'Custom::Migration');
  assert.match([DependsOn].flat().join(), /Instance1.*Instance2/);
  const { Tags } = only(template, 'AWS::DocDB::DBCluster').Properties;
  assert.ok(Tags.some(({ Key, Value }: { Key: string; Value: string }) => Key === 'stage' && Value === 'staging'));
  assert.match(JSON.stringify(stack.resolve(made.issuer)), /execute-api/);
  assert.ok(made.alarmTopic.topicArn);
});

test('a service stands in the region that its record names, and its record is checked', () => {
  refused(() => service(stackOf('us-east-1')), /the stack has the region us-east-1, but `region` is eu-west-1/);
  refused(() => service(stackOf('')), /the stack has no region/);
  const configuration = { ...staging, service: { ...staging.service, reservedConcurrency: 500 } };
  const build = (): unknown => new AuthService(stackOf(), 'Countersign', { configuration, archive: ARCHIVE });
  refused(build, /stage staging: .* 500 may open/);
});

test('a team ships its policy beside the zip of the project, to the migration and to the service', () => {
  const version = (file?: string): string => {
    const stack = stackOf();
    service(stack, file);
    const template = Template.fromStack(stack);
    const found = resources(template, 'AWS::Lambda::Function').filter(([, of]) => of.Properties.Runtime === 'provided.al2023');
    assert.equal(found.length, 2);
    for (const [id, { Properties }] of found) {
      const expected = file === undefined ? undefined : '/opt/shop.toml';
      assert.equal(Properties.Environment.Variables.COUNTERSIGN_POLICY, expected, id);
      assert.equal(Properties.Layers?.length, file === undefined ? undefined : 1, id);
    }
    return only(template, 'Custom::Migration').Properties.Version as string;
  };
  const [without, first] = [version(), version(POLICY)];
  writeFileSync(POLICY, '# another policy of the shop\n');
  // A changed policy is checked by a migration before the service takes it up.
  assert.equal(new Set([without, first, version(POLICY)]).size, 3);
  refused(() => service(stackOf(), '/nowhere/shop.toml'), /there is no \/nowhere\/shop.toml: `service.policyFile`/);
});

test('the example is an app on the package as npm packs it', () => {
  const app = mkdtempSync(join(tmpdir(), 'countersign-app-'));
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', app], { cwd: INFRA, encoding: 'utf8' }).trim();
  const installed = join(app, 'node_modules/@countersign/infra');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(app, packed), '-C', installed, '--strip-components=1']);
  for (const dependency of ['aws-cdk-lib', 'constructs', 'zod']) {
    symlinkSync(join(INFRA, 'node_modules', dependency), join(app, 'node_modules', dependency));
  }
  copyFileSync(join(INFRA, 'example/app.js'), join(app, 'app.js'));
  writeFileSync(join(app, 'package.json'), '{"type":"module"}');
  writeFileSync(join(app, 'shop.toml'), '# the policy of a shop\n');
  copyFileSync(ARCHIVE, join(app, 'countersign-arm64.zip'));
  const outdir = join(app, 'cdk.out');
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' };
  execFileSync('node', ['app.js', '.'], { cwd: app, env });
  assert.ok(readFileSync(join(outdir, 'Auth.template.json'), 'utf8').includes('/opt/shop.toml'));
});
