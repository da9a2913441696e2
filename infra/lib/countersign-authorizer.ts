import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as authorizers from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import { acknowledge } from './acknowledge.ts';
import { functionRole } from './api/function-role.ts';
import { fileLayer, requireFile } from './files.ts';
import { AUDIENCE, keySetOf } from './issuer.ts';
import { ConfigurationError } from './stage/stage.ts';

/** What an authorizer is made of. */
export interface CountersignAuthorizerProps {
  /** The zip of the authorizer for arm64, which `make lambda` builds. */
  readonly archive: string;
  /** The URL of the service that issues the tokens, their `iss`. */
  readonly issuer: string;
  /** What `aud` of the tokens must hold: `countersign` by default, as the service has it. */
  readonly audience?: string;
  /**
   * The public keys: the address of a key set, or the path of a file that is shipped with the function.
   * By default the address at which the issuer publishes its own. A file takes no network, but a new
   * deployment for each new key.
   */
  readonly jwks?: string;
  /** The policy file, whose routes say which permission a call needs. By default a valid token suffices. */
  readonly policyFile?: string;
  /**
   * For how long API Gateway keeps an answer, and so for how long a token works after it has expired: one
   * minute by default, at most one hour, and none at zero.
   */
  readonly cacheTtl?: Duration;
  /** In MiB: 256 by default. */
  readonly memorySize?: number;
  /** Encrypts the log and the variables. By default AWS does with a key of its own. */
  readonly encryptionKey?: kms.IKey;
  /** For how long the log is kept: 90 days by default. */
  readonly logRetention?: logs.RetentionDays;
}

const CACHE_TTL = Duration.minutes(1);
const LONGEST_CACHE_TTL = Duration.hours(1);
/** What a call without a token of this form is refused for by the gateway, without an invocation. */
const BEARER = '^[Bb][Ee][Aa][Rr][Ee][Rr] +[A-Za-z0-9_.-]+$';
const HEADER = 'Authorization';

/**
 * Checks the tokens of a Countersign for the API of another service. One function serves as many APIs as
 * take one of its authorizers.
 *
 * @throws ConfigurationError when a file is missing, or the cache lasts longer than API Gateway permits
 */
export class CountersignAuthorizer extends Construct {
  readonly function: lambda.Function;
  private readonly cacheTtl: Duration;
  private readonly decidesByRoute: boolean;

  constructor(scope: Construct, id: string, props: CountersignAuthorizerProps) {
    super(scope, id);
    requireFile(props.archive, '`make lambda` builds the authorizer');
    this.cacheTtl = props.cacheTtl ?? CACHE_TTL;
    this.decidesByRoute = props.policyFile !== undefined;
    if (this.cacheTtl.toSeconds() > LONGEST_CACHE_TTL.toSeconds()) {
      throw new ConfigurationError(`\`cacheTtl\` is ${this.cacheTtl.toHumanString()}: API Gateway keeps an answer for an hour at most`);
    }
    const log = new logs.LogGroup(this, 'Log', {
      encryptionKey: props.encryptionKey,
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { layers, variables } = this.shipped(props);
    this.function = new lambda.Function(this, 'Function', {
      description: `Checks the tokens of ${Token.isUnresolved(props.issuer) ? 'Countersign' : props.issuer}`,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: lambda.Architecture.ARM_64,
      handler: 'bootstrap',
      code: lambda.Code.fromAsset(props.archive),
      layers,
      role: functionRole(this, 'Role', log),
      memorySize: props.memorySize ?? 256,
      timeout: Duration.seconds(10),
      logGroup: log,
      tracing: lambda.Tracing.ACTIVE,
      environmentEncryption: props.encryptionKey,
      environment: {
        COUNTERSIGN_ISSUER: props.issuer,
        COUNTERSIGN_AUDIENCE: props.audience ?? AUDIENCE,
        ...variables,
      },
    });
    this.explain();
  }

  /** For the methods of one REST API. With a policy each method and path has an answer of its own. */
  forRestApi(id = 'Rest'): apigateway.RequestAuthorizer {
    const { IdentitySource } = apigateway;
    const request = [IdentitySource.context('httpMethod'), IdentitySource.context('path')];
    return new apigateway.RequestAuthorizer(this, id, {
      handler: this.function,
      identitySources: [IdentitySource.header(HEADER), ...(this.decidesByRoute ? request : [])],
      resultsCacheTtl: this.cacheTtl,
    });
  }

  /**
   * For the methods of one REST API, which refuses what is no bearer token without an invocation. With a
   * policy nothing is kept, since the token alone would be the key of what is.
   */
  forRestApiByToken(id = 'RestByToken'): apigateway.TokenAuthorizer {
    return new apigateway.TokenAuthorizer(this, id, {
      handler: this.function,
      identitySource: apigateway.IdentitySource.header(HEADER),
      validationRegex: BEARER,
      resultsCacheTtl: this.decidesByRoute ? Duration.seconds(0) : this.cacheTtl,
    });
  }

  /** For the routes of one HTTP API. With a policy each method and path has an answer of its own. */
  forHttpApi(id = 'CountersignAuthorizer'): authorizers.HttpLambdaAuthorizer {
    return new authorizers.HttpLambdaAuthorizer(id, this.function, {
      responseTypes: [authorizers.HttpLambdaResponseType.SIMPLE],
      identitySource: [
        `$request.header.${HEADER}`,
        ...(this.decidesByRoute ? ['$context.httpMethod', '$context.path'] : []),
      ],
      resultsCacheTtl: this.cacheTtl,
    });
  }

  /** The files that are shipped with the function, and the variables that name them or an address. */
  private shipped({ issuer, jwks, policyFile }: CountersignAuthorizerProps): {
    layers: lambda.ILayerVersion[];
    variables: Record<string, string>;
  } {
    const layers: lambda.ILayerVersion[] = [];
    const ship = (id: string, file: string, remedy: string): string => {
      const { layer, path } = fileLayer(this, id, { file: requireFile(file, remedy), description: `Countersign: ${id}` });
      layers.push(layer);
      return path;
    };
    const keys = jwks ?? keySetOf(issuer);
    const variables: Record<string, string> = {
      COUNTERSIGN_JWKS: isAddress(keys) ? keys : ship('KeySet', keys, '`jwks` is an https URL or a file'),
    };
    if (policyFile !== undefined) {
      variables['COUNTERSIGN_POLICY'] = ship('Policy', policyFile, '`policyFile` is the path of a policy');
    }
    return { layers, variables };
  }

  private explain(): void {
    const deadLetters = 'API Gateway waits for the answer of each invocation, so none is ever retried later.';
    acknowledge(this.function, {
      'Serverless-LambdaDLQ': deadLetters,
      'NIST.800.53.R5-LambdaDLQ': deadLetters,
      'NIST.800.53.R5-LambdaInsideVPC': 'It reaches a public key set and nothing in a network of its own.',
      'NIST.800.53.R5-LambdaConcurrency': 'A reserve would refuse calls of the API; the limits of the API hold for it too.',
    });
    acknowledge(this.function.role as Construct, {
      'AwsSolutions-IAM5[Resource::*]': 'X-Ray takes traces without naming a resource.',
    });
  }
}

/** Whether this is a URL and not a path; an address that only AWS knows is one. */
function isAddress(text: string): boolean {
  return Token.isUnresolved(text) || /^https?:\/\//.test(text);
}
