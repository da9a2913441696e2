import { Duration, SecretValue } from 'aws-cdk-lib';
import * as docdb from 'aws-cdk-lib/aws-docdb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sam from 'aws-cdk-lib/aws-sam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import type { Configuration } from '../stage/configuration.ts';
import { removalPolicy } from '../log-group.ts';
import { type Network, PORT } from './network.ts';

/**
 * Everything but letters and digits. A password with another character means something else in a
 * connection string, and one that begins with `{` looks like a JSON Web Key.
 */
export const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ ';
const LENGTH = 41;
const ROTATION = Duration.days(30);
const MASTER = 'countersignmaster';
const APPLICATION = 'countersign';

/** The passwords of the cluster's two users, and their rotation. */
export class DatabaseSecrets extends Construct {
  /** Of the user who may do everything: for migration and rotation only. */
  readonly master: secretsmanager.Secret;
  /** Of the user who reads and writes the database of the service: for the function. */
  readonly application: secretsmanager.Secret;

  private readonly environment: string;

  constructor(scope: Construct, id: string, configuration: Configuration, key: kms.IKey) {
    super(scope, id);
    this.environment = configuration.environment;
    const secret = (name: string, description: string, template: object): secretsmanager.Secret =>
      new secretsmanager.Secret(this, name, {
        description: `Countersign ${configuration.environment}: ${description}`,
        encryptionKey: key,
        removalPolicy: removalPolicy(configuration),
        generateSecretString: {
          secretStringTemplate: JSON.stringify(template),
          generateStringKey: 'password',
          passwordLength: LENGTH,
          excludeCharacters: PUNCTUATION,
        },
      });
    // The rotation connects with TLS only if the secret says so.
    this.master = secret('Master', 'master user of the database', { username: MASTER, ssl: true });
    this.application = secret('Application', 'user of the database for the function', {
      username: APPLICATION,
      ssl: true,
      masterarn: this.master.secretArn,
    });
  }

  /** User and password of the new cluster. */
  get masterLogin(): docdb.Login {
    return { username: MASTER, password: SecretValue.secretsManager(this.master.secretArn, { jsonField: 'password' }) };
  }

  /** Adds the address of the cluster to both secrets, and rotates them from then on. */
  rotate(cluster: docdb.DatabaseCluster, network: Network): void {
    const { MONGODB_ROTATION_SINGLE_USER, MONGODB_ROTATION_MULTI_USER } = secretsmanager.SecretRotationApplication;
    const master = this.master.attach(cluster);
    const application = this.application.attach(cluster);
    const common = {
      vpc: network.vpc,
      vpcSubnets: network.subnets,
      securityGroup: network.rotationGroup,
      // With the port as a number, which the rules that the library adds can then show.
      target: new ec2.Connections({ defaultPort: PORT, securityGroups: [network.databaseGroup] }),
      automaticallyAfter: ROTATION,
      excludeCharacters: PUNCTUATION,
      // The user of the function does not exist before the migration has made it.
      rotateImmediatelyOnUpdate: false,
    };
    const ofMaster = new secretsmanager.SecretRotation(this, 'MasterRotation', {
      ...common,
      secret: master,
      application: MONGODB_ROTATION_SINGLE_USER,
    });
    // Two users take turns, so that the password before stays valid for one period more.
    const ofApplication = new secretsmanager.SecretRotation(this, 'ApplicationRotation', {
      ...common,
      secret: application,
      masterSecret: this.master,
      application: MONGODB_ROTATION_MULTI_USER,
    });
    this.name(ofMaster, 'rotation-master');
    this.name(ofApplication, 'rotation-application');
  }

  /** Names the function of a rotation. The library would give it the same name in every stage. */
  private name(rotation: secretsmanager.SecretRotation, name: string): void {
    const application = rotation.node.findAll().find((child) => child instanceof sam.CfnApplication);
    (application as sam.CfnApplication).addPropertyOverride('Parameters.functionName', `countersign-${this.environment}-${name}`);
  }
}
