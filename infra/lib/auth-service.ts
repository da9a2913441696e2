import { Duration, Tags } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

import { AuthApi } from './auth-api.ts';
import { AuthDatabase } from './auth-database.ts';
import { CountersignAuthorizer } from './countersign-authorizer.ts';
import type { Configuration } from './stage/configuration.ts';
import { checkConfiguration } from './stage/stage.ts';

/** What a whole service is made of. */
export interface AuthServiceProps {
  /** The record of the stage. It is checked, also for parts that do not fit each other. */
  readonly configuration: Configuration;
  /** The zip of the function for arm64, which `make lambda` builds. */
  readonly archive: string;
  /** A database that stands in another stack. By default the construct makes one. */
  readonly database?: AuthDatabase;
}

/**
 * The whole authentication service: network, cluster, function, REST API, firewall, keys and alarms.
 *
 * @throws ConfigurationError when the record cannot be used, is of another region than the stack, or
 * a file that it names is missing
 */
export class AuthService extends Construct {
  readonly database: AuthDatabase;
  readonly api: AuthApi;

  constructor(scope: Construct, id: string, props: AuthServiceProps) {
    super(scope, id);
    const configuration = checkConfiguration(props.configuration.environment, props.configuration);
    this.database = props.database ?? new AuthDatabase(this, 'Database', configuration);
    const { database } = this;
    this.api = new AuthApi(this, 'Api', { configuration, database, archive: props.archive });
    tagAll(this, configuration);
  }

  /** Where clients reach the service; the issuer of its tokens. */
  get issuer(): string {
    return this.api.url;
  }

  /** Receives the alarms. */
  get alarmTopic(): sns.ITopic {
    return this.api.alarmTopic;
  }

  /** Adds what lets an API of `scope` check the tokens of this service. */
  authorizer(
    scope: Construct,
    id: string,
    props: { readonly archive: string; readonly policyFile?: string; readonly cacheTtl?: Duration },
  ): CountersignAuthorizer {
    return new CountersignAuthorizer(scope, id, { ...props, issuer: this.issuer });
  }
}

/** Gives all resources below a construct the tags of the stage. */
export function tagAll(construct: Construct, { environment, tags }: Configuration): void {
  for (const [name, value] of Object.entries({ ...tags, stage: environment })) {
    Tags.of(construct).add(name, value);
  }
}
