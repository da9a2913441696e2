// The constructs that other apps take, and the package in which they get them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Duration, Stack, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUrlIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';

import { AuthService, type Configuration, ConfigurationError, CountersignAuthorizer, STAGES } from '../lib/index.ts';
import { ARCHIVE, FOLDER } from './stand-ins.ts';
import { newApp, only, resources } from './synthesised.ts';

const INFRA = fileURLToPath(new URL('..', import.meta.url));
const REGION = 'eu-west-1';
const staging = STAGES['staging'] as Configuration;
const POLICY = join(FOLDER, 'shop.toml');
const KEYS = join(FOLDER, 'keys.json');
writeFileSync(POLICY, '# the policy of a shop\n');
writeFileSync(KEYS, '{"keys":[]}');

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

test('an authorizer serves REST APIs and HTTP APIs, and keeps answers no longer than is safe', () => {
  const stack = stackOf();
  const made = new CountersignAuthorizer(stack, 'Authorizer', { archive: ARCHIVE, issuer: 'https://auth.example.com' });
  const rest = new apigateway.RestApi(stack, 'Rest');
  rest.root.addMethod('GET', undefined, { authorizer: made.forRestApi() });
  rest.root.addMethod('PUT', undefined, { authorizer: made.forRestApiByToken() });
  const http = new apigatewayv2.HttpApi(stack, 'Http', { defaultAuthorizer: made.forHttpApi() });
  http.addRoutes({ path: '/orders', integration: new HttpUrlIntegration('Orders', 'https://orders.example.com') });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Runtime: 'provided.al2023',
    Architectures: ['arm64'],
    Environment: {
      Variables: {
        COUNTERSIGN_ISSUER: 'https://auth.example.com',
        COUNTERSIGN_AUDIENCE: 'countersign',
        COUNTERSIGN_JWKS: 'https://auth.example.com/.well-known/jwks.json',
        COUNTERSIGN_POLICY: Match.absent(),
      },
    },
  });
  for (const [Type, more] of [
    ['REQUEST', { IdentitySource: 'method.request.header.Authorization' }],
    ['TOKEN', { IdentityValidationExpression: Match.stringLikeRegexp('^\\^.*\\$$') }],
  ] as const) {
    template.hasResourceProperties('AWS::ApiGateway::Authorizer', { Type, AuthorizerResultTtlInSeconds: 60, ...more });
  }
  template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    AuthorizerPayloadFormatVersion: '2.0',
    AuthorizerResultTtlInSeconds: 60,
    EnableSimpleResponses: true,
  });
});

test('what the gateway refuses itself is no token, and a token passes', () => {
  const stack = stackOf();
  const made = new CountersignAuthorizer(stack, 'Authorizer', { archive: ARCHIVE, issuer: 'https://auth.example.com' });
  new apigateway.RestApi(stack, 'Rest').root.addMethod('PUT', undefined, { authorizer: made.forRestApiByToken() });
  const { IdentityValidationExpression } = only(Template.fromStack(stack), 'AWS::ApiGateway::Authorizer').Properties;
  const expression = new RegExp(IdentityValidationExpression as string);
  for (const [header, passes] of [
    ['Bearer eyJ0-_.eyJ9.c2ln', true],
    ['bearer a.b.c', true],
    ['Basic a.b.c', false],
    ['Bearer ', false],
    ['Bearer a b', false],
    ['Bearer a.b.c\n', false],
  ] as const) {
    assert.equal(expression.test(header), passes, JSON.stringify(header));
  }
});

test('an authorizer ships keys and policy as files, and then keeps an answer for one request alone', () => {
  const stack = stackOf();
  const made = new CountersignAuthorizer(stack, 'Authorizer', {
    archive: ARCHIVE, issuer: 'https://auth.example.com', jwks: KEYS, policyFile: POLICY, cacheTtl: Duration.minutes(5),
  });
  const rest = new apigateway.RestApi(stack, 'Rest');
  rest.root.addMethod('GET', undefined, { authorizer: made.forRestApi() });
  rest.root.addMethod('PUT', undefined, { authorizer: made.forRestApiByToken() });
  const http = new apigatewayv2.HttpApi(stack, 'Http', { defaultAuthorizer: made.forHttpApi() });
  http.addRoutes({ path: '/orders', integration: new HttpUrlIntegration('Orders', 'https://orders.example.com') });
  const template = Template.fromStack(stack);
  const { Layers, Environment } = only(template, 'AWS::Lambda::Function').Properties;
  assert.equal(Layers.length, 2);
  assert.equal(Environment.Variables.COUNTERSIGN_JWKS, '/opt/keys.json');
  assert.equal(Environment.Variables.COUNTERSIGN_POLICY, '/opt/shop.toml');
  template.hasResourceProperties('AWS::ApiGateway::Authorizer', {
    Type: 'REQUEST',
    IdentitySource: 'method.request.header.Authorization,context.httpMethod,context.path',
    AuthorizerResultTtlInSeconds: 300,
  });
  template.hasResourceProperties('AWS::ApiGateway::Authorizer', { Type: 'TOKEN', AuthorizerResultTtlInSeconds: 0 });
  template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    IdentitySource: ['$request.header.Authorization', '$context.httpMethod', '$context.path'],
    AuthorizerResultTtlInSeconds: 300,
  });
});

test('the variables of an authorizer are settings that its program reads', () => {
  const settings = readFileSync(new URL('../../docs/reference/settings.md', import.meta.url), 'utf8');
  const section = settings.split('## The authorizer on AWS Lambda')[1] ?? '';
  const stack = stackOf();
  const more = { archive: ARCHIVE, issuer: 'https://auth.example.com', policyFile: POLICY };
  new CountersignAuthorizer(stack, 'Authorizer', more);
  const { Variables } = only(Template.fromStack(stack), 'AWS::Lambda::Function').Properties.Environment;
  for (const variable of Object.keys(Variables as object)) {
    assert.ok(section.includes(`\`${variable}\``), variable);
  }
});

test('an authorizer that cannot be made is refused in one sentence', () => {
  const build = (more: object) => (): unknown =>
    new CountersignAuthorizer(stackOf(), 'Authorizer', { archive: ARCHIVE, issuer: 'https://auth.example.com', ...more });
  refused(build({ archive: '/nowhere/a.zip' }), /there is no \/nowhere\/a.zip: `make lambda` builds the authorizer/);
  refused(build({ jwks: '/nowhere/keys.json' }), /there is no \/nowhere\/keys.json: `jwks` is an https URL or a file/);
  refused(build({ policyFile: '/nowhere/p.toml' }), /there is no \/nowhere\/p.toml/);
  refused(build({ cacheTtl: Duration.minutes(61) }), /`cacheTtl` is .*an hour at most/);
});

test('cdk-nag finds nothing in an authorizer with a key', () => {
  const app = newApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), new NIST80053R5Checks(app));
  const stack = new Stack(app, 'Theirs', { env: { region: REGION } });
  const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
  new CountersignAuthorizer(stack, 'Authorizer', { archive: ARCHIVE, issuer: 'https://auth.example.com', encryptionKey });
  assert.doesNotThrow(() => app.synth());
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
  for (const archive of ['countersign', 'authorizer']) {
    copyFileSync(ARCHIVE, join(app, `${archive}-arm64.zip`));
  }
  const outdir = join(app, 'cdk.out');
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' };
  execFileSync('node', ['app.js', '.'], { cwd: app, env });
  const shop = readFileSync(join(outdir, 'Shop.template.json'), 'utf8');
  assert.ok(shop.includes('/.well-known/jwks.json') && shop.includes('/opt/shop.toml'));
});
