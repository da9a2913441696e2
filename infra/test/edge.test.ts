import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';

import { guardedPatterns, operations } from '../lib/api/operations.ts';
import { AuthEdge, type Configuration, ConfigurationError, EdgeVerifier, STAGES } from '../lib/index.ts';
import { BUILDS, FOLDER, withEdge } from './stand-ins.ts';
import { newApp, only, physicalNames, type Resource, resources, stageWithEdge, synthesise } from './synthesised.ts';

const production = STAGES['production'] as Configuration;
const { api, edge: template, stacks } = stageWithEdge();
const { DistributionConfig: distribution } = only(template, 'AWS::CloudFront::Distribution').Properties;
const behaviours = [distribution.DefaultCacheBehavior, ...distribution.CacheBehaviors];

function refused(build: () => unknown, expected: RegExp): void {
  assert.throws(build, (error: Error) => {
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.match(error.message, expected);
    assert.ok(!error.message.includes('\n'));
    return true;
  });
}

test('the edge is a third stack in us-east-1, which waits for the API and refers to no other stack', () => {
  assert.equal(stacks.edge?.stackName, 'AuthServiceEdge-production');
  assert.equal(stacks.edge?.region, 'us-east-1');
  assert.equal(stacks.edge?.terminationProtection, true);
  assert.deepEqual(stacks.edge?.dependencies, [stacks.api]);
  assert.doesNotMatch(JSON.stringify(template.toJSON()), /ImportValue/);
});

test('clients reach the service at the edge, whose name is the issuer', () => {
  assert.deepEqual(distribution.Aliases, ['auth.example.com']);
  const { Variables } = only(api, 'AWS::Lambda::Function', 'ServiceFunction').Properties.Environment;
  assert.equal(Variables.COUNTERSIGN_ISSUER, 'https://auth.example.com');
  assert.equal(only(api, 'AWS::Lambda::Function', 'Canary').Properties.Environment.Variables.URL, 'https://auth.example.com');
  api.hasResourceProperties('AWS::ApiGateway::DomainName', { DomainName: 'api.auth.example.com', SecurityPolicy: 'TLS_1_2' });
  api.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
});

test('the API answers the edge alone, and the function believes what the edge says of the client', () => {
  for (const [id, { Properties }] of resources(api, 'AWS::ApiGateway::Method')) {
    assert.equal(Properties.ApiKeyRequired, Properties.HttpMethod !== 'OPTIONS', id);
  }
  const [keyId, key] = resources(api, 'AWS::ApiGateway::ApiKey')[0] as [string, Resource];
  const { Variables } = only(api, 'AWS::Lambda::Function', 'ServiceFunction').Properties.Environment;
  assert.deepEqual(Variables.COUNTERSIGN_PROXY_KEYS, { Ref: keyId });
  api.hasResourceProperties('AWS::ApiGateway::UsagePlanKey', { KeyId: { Ref: keyId } });
  // The key stands in no template: both stacks name the secret.
  const secret = only(api, 'AWS::SecretsManager::Secret', 'OriginKeys').Properties;
  assert.equal(secret.Name, 'countersign-production-origin-1');
  assert.deepEqual(secret.ReplicaRegions, [{ Region: 'us-east-1' }]);
  assert.match(JSON.stringify(key.Properties.Value), /\{\{resolve:secretsmanager:.*:SecretString/);
  const [origin, ...others] = distribution.Origins;
  assert.deepEqual(others, []);
  assert.equal(origin.DomainName, 'api.auth.example.com');
  assert.equal(origin.CustomOriginConfig.OriginProtocolPolicy, 'https-only');
  assert.deepEqual(origin.OriginCustomHeaders, [
    { HeaderName: 'x-api-key', HeaderValue: '{{resolve:secretsmanager:countersign-production-origin-1:SecretString:::}}' },
  ]);
});

test('the next key is made beside the one before, and the edge changes to it', () => {
  const next = synthesise(withEdge(production, { originKey: 2 }));
  const ids = (of: Template): string[] => resources(of, 'AWS::ApiGateway::ApiKey').map(([id]) => id);
  assert.equal(ids(next.api).length, 2);
  assert.ok(ids(next.api).includes(ids(api)[0] as string), 'the first key is not made anew');
  const { Variables } = only(next.api, 'AWS::Lambda::Function', 'ServiceFunction').Properties.Environment;
  assert.deepEqual(Variables.COUNTERSIGN_PROXY_KEYS['Fn::Join'][1].length, 3);
  assert.match(JSON.stringify(next.edge?.toJSON()), /countersign-production-origin-2:/);
  const third = synthesise(withEdge(production, { originKey: 3 }));
  assert.ok(!ids(third.api).includes(ids(api)[0] as string), 'the first key is gone');
});

test('a stage in us-east-1 needs no copy of the key, and shares no name with its edge', () => {
  const near = synthesise(withEdge({ ...production, region: 'us-east-1' }));
  assert.equal(only(near.api, 'AWS::SecretsManager::Secret', 'OriginKeys').Properties.ReplicaRegions, undefined);
  const others = [...physicalNames(near.database), ...physicalNames(near.api)];
  assert.deepEqual(physicalNames(near.edge as Template).filter((name) => others.includes(name)), []);
});

test('I19: the firewall stands at the edge, where it sees the addresses of clients', () => {
  api.resourceCountIs('AWS::WAFv2::WebACL', 0);
  const { Scope, Rules } = only(template, 'AWS::WAFv2::WebACL').Properties;
  assert.equal(Scope, 'CLOUDFRONT');
  assert.equal(only(template, 'AWS::Logs::LogGroup', 'Firewall').Properties.LogGroupName, 'aws-waf-logs-countersign-production-edge');
  assert.equal(Rules[1].Statement.RateBasedStatement.AggregateKeyType, 'IP');
  assert.deepEqual(distribution.WebACLId, { 'Fn::GetAtt': [resources(template, 'AWS::WAFv2::WebACL')[0]?.[0], 'Arn'] });
  const { RedactedFields } = only(template, 'AWS::WAFv2::LoggingConfiguration').Properties;
  assert.match(JSON.stringify(RedactedFields), /authorization.*cookie.*QueryString/);
});

test('what is of one user is kept nowhere, also when it is an error', () => {
  const disabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
  for (const behaviour of behaviours) {
    const isPublic = ['/.well-known/*', '/assets/*'].includes(behaviour.PathPattern);
    assert.equal(behaviour.CachePolicyId === disabled, !isPublic, behaviour.PathPattern);
    assert.equal(behaviour.ViewerProtocolPolicy, 'https-only');
    assert.ok(behaviour.ResponseHeadersPolicyId);
  }
  template.hasResourceProperties('AWS::CloudFront::CachePolicy', {
    CachePolicyConfig: { MinTTL: 0, DefaultTTL: 0, MaxTTL: 300 },
  });
  const errors = distribution.CustomErrorResponses as { ErrorCode: number; ErrorCachingMinTTL: number }[];
  assert.ok(errors.every((error) => error.ErrorCachingMinTTL === 0));
  assert.deepEqual(errors.map((error) => error.ErrorCode), [400, 403, 404, 405, 414, 500, 501, 502, 503, 504]);
});

test('I21: TLS is 1.2 or later, and every answer has strict headers', () => {
  assert.equal(distribution.ViewerCertificate.MinimumProtocolVersion, 'TLSv1.2_2021');
  template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
    ResponseHeadersPolicyConfig: {
      SecurityHeadersConfig: {
        StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, IncludeSubdomains: false, Override: false },
        ContentTypeOptions: { Override: true },
        ContentSecurityPolicy: Match.objectLike({ Override: false }),
      },
    },
  });
});

test('the verifier stands before the calls that need a token, and before no other', () => {
  const guarded = behaviours.filter((of) => of.LambdaFunctionAssociations !== undefined).map((of) => of.PathPattern as string);
  assert.deepEqual(guarded, guardedPatterns());
  const expressions = guarded.map((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`));
  for (const { method, path, needsToken } of operations(true)) {
    const matches = expressions.some((expression) => expression.test(path.replaceAll(/\{\w+\}/g, 'a1')));
    assert.equal(matches, needsToken, `${method} ${path}`);
  }
  assert.ok(guarded.length > 5 && !guarded.includes('/v1/logout'), guarded.join());
});

test('E06: the function of the edge has a version, no variables, and what CloudFront permits', () => {
  const { Properties } = only(template, 'AWS::Lambda::Function');
  assert.equal(Properties.Environment, undefined);
  assert.equal(Properties.ReservedConcurrentExecutions, undefined);
  assert.equal(Properties.VpcConfig, undefined);
  assert.ok(Properties.MemorySize <= 128 && Properties.Timeout <= 5 && Properties.Runtime.startsWith('nodejs'));
  const [version] = resources(template, 'AWS::Lambda::Version').map(([id]) => id);
  for (const { LambdaFunctionAssociations } of behaviours.filter((of) => of.LambdaFunctionAssociations)) {
    assert.deepEqual(LambdaFunctionAssociations, [{ EventType: 'viewer-request', LambdaFunctionARN: { Ref: version } }]);
  }
  const trusted = JSON.stringify(only(template, 'AWS::IAM::Role', 'Verifier').Properties.AssumeRolePolicyDocument);
  assert.match(trusted, /edgelambda\.amazonaws\.com/);
  const without = synthesise(withEdge(production, { verifier: 'off' })).edge as Template;
  without.resourceCountIs('AWS::Lambda::Function', 0);
});

test('the log of the edge has no field that could hold a token', () => {
  const { RecordFields } = only(template, 'AWS::Logs::Delivery').Properties;
  const fields = RecordFields as string[];
  assert.ok(fields.includes('sc-status') && fields.includes('c-ip'));
  // The name of the host is no secret; every other header, the query and the cookies may hold one.
  const doubtful = fields.filter((field) => /query|cookie|referer|\(/i.test(field) && field !== 'cs(Host)');
  assert.deepEqual(doubtful, []);
  assert.equal(distribution.Logging, undefined);
});

test('an edge that cannot be made is refused in one sentence', () => {
  const build = (configuration: Configuration, region = 'us-east-1', verifierPackage = BUILDS.verifierPackage) => (): unknown =>
    new AuthEdge(new Stack(newApp(), 'Theirs', { env: { region } }), 'Edge', { configuration, verifierPackage });
  refused(build(production), /stage production: an edge needs the member `edge`/);
  refused(build(withEdge(production), 'eu-west-1'), /Theirs\/Edge: the stack has the region eu-west-1, but CloudFront looks in us-east-1/);
  refused(build(withEdge(production), 'us-east-1', '/nowhere'), /there is no \/nowhere\/dist\/handlers\/lambda-edge.js: `make edge`/);
  const broken = join(FOLDER, 'broken');
  execFileSync('cp', ['-R', BUILDS.verifierPackage, broken]);
  writeFileSync(join(broken, 'bin/lambda-edge.js'), 'console.error("no `audience`\\nat all"); process.exitCode = 1;');
  refused(build(withEdge(production), 'us-east-1', broken), /the verifier of the edge cannot be made: no `audience`$/);
});

const PACKAGE = fileURLToPath(new URL('../../hosts/edge/js', import.meta.url));
const built = existsSync(join(PACKAGE, 'dist/handlers/lambda-edge.js'));

test('the function of the edge refuses what has no token', { skip: built ? false : '`make edge` was not run' }, async () => {
  const app = newApp();
  const stack = new Stack(app, 'Theirs', { env: { region: 'us-east-1' } });
  new EdgeVerifier(stack, 'Verifier', { verifierPackage: PACKAGE, issuer: 'https://auth.example.com' });
  const assembly = app.synth();
  const { Code } = only(Template.fromStack(stack), 'AWS::Lambda::Function').Properties;
  const asset = join(assembly.directory, `asset.${(Code.S3Key as string).replace('.zip', '')}`);
  const code = readFileSync(join(asset, 'index.js'), 'utf8');
  assert.match(code, /"issuer": "https:\/\/auth.example.com"/);
  assert.match(code, /"jwksUrl": "https:\/\/auth.example.com\/.well-known\/jwks.json"/);
  const { handler } = (await import(join(asset, 'index.js'))) as { handler: (event: unknown) => Promise<{ status: string }> };
  const request = { method: 'GET', uri: '/v1/me', querystring: '', headers: {} };
  assert.equal((await handler({ Records: [{ cf: { request } }] })).status, '401');
});
