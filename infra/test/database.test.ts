import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Match, Template } from 'aws-cdk-lib/assertions';

import { readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';
import { only, type Resource, resources, STAGE_NAMES, stage, synthesise } from './synthesised.ts';

function each(title: string, check: (template: Template, name: string) => void): void {
  test(title, () => STAGE_NAMES.forEach((name) => check(stage(name).database, name)));
}

each('I02: three zones, isolated subnets only, no way out', (template, name) => {
  const subnets = resources(template, 'AWS::EC2::Subnet').map(([, subnet]) => subnet.Properties);
  const { region } = stage(name).configuration;
  assert.deepEqual(subnets.map((of) => of.AvailabilityZone), ['a', 'b', 'c'].map((zone) => region + zone));
  assert.ok(subnets.every((of) => of.MapPublicIpOnLaunch === false));
  for (const type of ['NatGateway', 'InternetGateway', 'EgressOnlyInternetGateway', 'Route', 'EIP']) {
    template.resourceCountIs(`AWS::EC2::${type}`, 0);
  }
  template.resourceCountIs('AWS::EC2::FlowLog', 1);
});

each('I03: endpoints with private DNS for three services', (template) => {
  const endpoints = resources(template, 'AWS::EC2::VPCEndpoint').map(([, of]) => of.Properties);
  const services = endpoints.map((of) => (of.ServiceName as string).split('.').pop());
  assert.deepEqual(services.sort(), ['kms', 'logs', 'secretsmanager']);
  assert.ok(endpoints.every((of) => of.PrivateDnsEnabled === true && of.VpcEndpointType === 'Interface'));
});

each('I03, I04: only the functions that serve and rotate reach database and endpoints', (template) => {
  const rules = (type: string): string[] => {
    const found = resources(template, type).map(([, { Properties: rule }]) => {
      const ends = [rule.GroupId, rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId];
      const [of, other] = ends.map((end) => /Network(\w+?)Group/.exec(JSON.stringify(end))?.[1]);
      return `${of} ${other} ${rule.FromPort}`;
    });
    return [...new Set(found)].sort();
  };
  assert.deepEqual(rules('AWS::EC2::SecurityGroupIngress'), [
    'Database Rotation 27017',
    'Database Service 27017',
    'Endpoint Rotation 443',
    'Endpoint Service 443',
  ]);
  assert.deepEqual(rules('AWS::EC2::SecurityGroupEgress'), [
    'Rotation Database 27017',
    'Rotation Endpoint 443',
    'Service Database 27017',
    'Service Endpoint 443',
  ]);
  for (const [id, group] of resources(template, 'AWS::EC2::SecurityGroup')) {
    assert.equal(group.Properties.SecurityGroupIngress, undefined, id);
    const egress = JSON.stringify(group.Properties.SecurityGroupEgress ?? []);
    assert.ok(!egress.includes('0.0.0.0/0') && !egress.includes('::/0'), `${id}: ${egress}`);
  }
});

each('I05–I07, I09: the cluster of the stage', (template, name) => {
  const { database } = stage(name).configuration;
  const keeps = database.onRemoval === 'keep';
  const cluster = only(template, 'AWS::DocDB::DBCluster');
  template.hasResource('AWS::DocDB::DBCluster', {
    DeletionPolicy: keeps ? 'RetainExceptOnCreate' : 'Delete',
    UpdateReplacePolicy: keeps ? 'Retain' : 'Delete',
    Properties: {
      EngineVersion: '5.0.0',
      StorageEncrypted: true,
      KmsKeyId: Match.anyValue(),
      DeletionProtection: keeps,
      CopyTagsToSnapshot: true,
      BackupRetentionPeriod: name === 'production' ? 14 : 7,
    },
  });
  assert.notEqual(cluster.Properties.PreferredBackupWindow, undefined);
  const instances = resources(template, 'AWS::DocDB::DBInstance');
  assert.equal(instances.length, name === 'development' ? 1 : 2);
  for (const [, { Properties: instance }] of instances) {
    assert.match(instance.DBInstanceClass, /^db\.(t4g|r\dg)\.|^db\.serverless$/);
    assert.match(instance.CACertificateIdentifier, /-g1$/);
  }
  if (name === 'production') {
    assert.ok(cluster.Properties.ServerlessV2ScalingConfiguration.MinCapacity >= 2);
  }
  assert.equal(stage(name).stacks.database.terminationProtection, keeps);
});

test('I05: production on instances of a class has two of them', () => {
  const instances = { kind: 'provisioned', instanceClass: 'r6g.large', count: 2 };
  const record = structuredClone(STAGES['production']) as { database: object };
  const template = synthesise(
    readStage('production', { production: { ...record, database: { ...record.database, instances } } }),
  ).database;
  const made = resources(template, 'AWS::DocDB::DBInstance').map(([, { Properties }]) => Properties.DBInstanceClass);
  assert.deepEqual(made, ['db.r6g.large', 'db.r6g.large']);
});

each('I06: all keys rotate, and all data, secrets and logs are encrypted with them', (template) => {
  for (const [id, key] of resources(template, 'AWS::KMS::Key')) {
    assert.equal(key.Properties.EnableKeyRotation, true, id);
  }
  for (const type of ['AWS::SecretsManager::Secret', 'AWS::Logs::LogGroup']) {
    for (const [id, { Properties }] of resources(template, type)) {
      assert.ok(Properties.KmsKeyId, id);
    }
  }
});

each('I08: TLS, audit, slow operations and expiry are on, and their logs have an end', (template) => {
  template.hasResourceProperties('AWS::DocDB::DBClusterParameterGroup', {
    Family: 'docdb5.0',
    Parameters: {
      tls: 'enabled',
      audit_logs: Match.stringLikeRegexp('authenticate.*createIndex.*dropCollection'),
      profiler: 'enabled',
      profiler_threshold_ms: '100',
      ttl_monitor: 'enabled',
    },
  });
  const exported = only(template, 'AWS::DocDB::DBCluster').Properties.EnableCloudwatchLogsExports as string[];
  assert.deepEqual([...exported].sort(), ['audit', 'profiler']);
  for (const [id, group] of resources(template, 'AWS::Logs::LogGroup')) {
    assert.ok(group.Properties.RetentionInDays >= 30, id);
  }
});

each('I11: both passwords rotate each month, that of the function between two users', (template) => {
  const schedules = resources(template, 'AWS::SecretsManager::RotationSchedule');
  assert.equal(schedules.length, 2);
  for (const [id, { Properties }] of schedules) {
    assert.equal(Properties.RotationRules.ScheduleExpression, 'rate(30 days)', id);
  }
  const application = JSON.stringify(only(template, 'AWS::SecretsManager::Secret', 'Application').Properties);
  assert.ok(application.includes('masterarn'));
  const rotations = JSON.stringify(template.toJSON());
  assert.ok(rotations.includes('MongoDBRotationSingleUser') && rotations.includes('MongoDBRotationMultiUser'));
});

each('I12: a password stands in the template of the cluster alone, as a reference', (template) => {
  for (const [id, resource] of Object.entries(template.toJSON().Resources as Record<string, { Type: string }>)) {
    const text = JSON.stringify(resource);
    assert.ok(!text.includes(':password:') || resource.Type === 'AWS::DocDB::DBCluster', id);
  }
});

each('no generated secret has a character that a connection string or a setting misreads', (template, name) => {
  const all = [...resources(template, 'AWS::SecretsManager::Secret'), ...resources(stage(name).api, 'AWS::SecretsManager::Secret')];
  for (const [id, { Properties }] of all) {
    const generated = Properties.GenerateSecretString;
    if (generated !== undefined) {
      for (let code = 33; code < 127; code++) {
        const character = String.fromCharCode(code);
        assert.equal(generated.ExcludeCharacters.includes(character), !/[A-Za-z0-9]/.test(character), `${id} ${character}`);
      }
    }
  }
});

each('a first deployment that fails leaves no name behind that the second one would meet', (template, name) => {
  for (const [id, { DeletionPolicy }] of [template, stage(name).api].flatMap((of) => Object.entries(of.toJSON().Resources as Record<string, Resource>))) {
    assert.notEqual(DeletionPolicy, 'Retain', id);
  }
});
