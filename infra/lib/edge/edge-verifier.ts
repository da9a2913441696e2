import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Duration, FileSystem, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { acknowledge } from '../acknowledge.ts';
import { requireFile } from '../files.ts';
import { AUDIENCE, keySetOf } from '../issuer.ts';
import { checkEdgeRegion, EDGE_REGION } from '../stage/region.ts';
import { ConfigurationError } from '../stage/stage.ts';

/** What a verifier at the edge is made of. */
export interface EdgeVerifierProps {
  /** The folder of the package `@countersign/edge`, built. */
  readonly verifierPackage: string;
  /** The URL of the service that issues the tokens, their `iss`. */
  readonly issuer: string;
  /** What `aud` of the tokens must hold: `countersign` by default. */
  readonly audience?: string;
  /** The name of the function. By default AWS makes one. */
  readonly functionName?: string;
}

/**
 * A function of Lambda@Edge that passes a viewer request on only with a valid token. It has no variables
 * at the edge, so its settings are baked into its code at synthesis.
 *
 * @throws ConfigurationError when the package is not built, the settings cannot be used, or the stack is
 * not in us-east-1
 */
export class EdgeVerifier extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, props: EdgeVerifierProps) {
    super(scope, id);
    checkEdgeRegion(this);
    const folder = bake(props);
    this.function = new lambda.Function(this, 'Function', {
      functionName: props.functionName,
      description: `Checks at the edge the tokens of ${props.issuer}`,
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(folder),
      role: this.role(props.functionName ?? '*'),
      // The most that CloudFront gives a function for viewer requests.
      memorySize: 128,
      timeout: Duration.seconds(5),
      // CloudFront goes on using an old version for hours, and nobody can delete it meanwhile.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
    this.explain(props.functionName ?? '*');
  }

  /** For the behaviours of a distribution. */
  forViewerRequests(): cloudfront.EdgeLambda[] {
    return [{ functionVersion: this.function.currentVersion, eventType: cloudfront.LambdaEdgeEventType.VIEWER_REQUEST }];
  }

  /** It logs in the region of the edge that it runs at, in groups that it makes itself. */
  private role(functionName: string): iam.Role {
    const { account, partition } = Stack.of(this);
    const groups = `arn:${partition}:logs:*:${account}:log-group:/aws/lambda/${EDGE_REGION}.${functionName}`;
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.CompositePrincipal(
        new iam.ServicePrincipal('lambda.amazonaws.com'),
        new iam.ServicePrincipal('edgelambda.amazonaws.com'),
      ),
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [groups, `${groups}:log-stream:*`],
      }),
    );
    return role;
  }

  private explain(functionName: string): void {
    const anywhere = 'It logs in whichever region CloudFront runs it in, to a group that has its name.';
    const groups = `arn:<AWS::Partition>:logs:*:<AWS::AccountId>:log-group:/aws/lambda/${EDGE_REGION}.${functionName}`;
    const runtime = 'CloudFront takes a runtime later than Lambda does, and this is the latest that it is known to take.';
    acknowledge(this, {
      [`AwsSolutions-IAM5[Resource::${groups}]`]: anywhere,
      [`AwsSolutions-IAM5[Resource::${groups}:log-stream:*]`]: anywhere,
      'AwsSolutions-L1': runtime,
      'Serverless-LambdaLatestVersion': runtime,
      'Serverless-LambdaTracing': 'X-Ray does not trace functions at the edge.',
      'Serverless-LambdaDLQ': 'CloudFront waits for its answer, so none is ever retried later.',
      'NIST.800.53.R5-LambdaDLQ': 'CloudFront waits for its answer, so none is ever retried later.',
      'NIST.800.53.R5-LambdaInsideVPC': 'CloudFront takes no function that stands in a network.',
      'NIST.800.53.R5-LambdaConcurrency': 'CloudFront takes no function with reserved concurrency.',
      'NIST.800.53.R5-IAMNoInlinePolicy': 'What this one function may do is of no use to another role.',
    });
  }
}

/** Writes the function with its settings to a folder, by the command of the package, which checks them. */
function bake({ verifierPackage, issuer, audience = AUDIENCE }: EdgeVerifierProps): string {
  const built = join(verifierPackage, 'dist/handlers/lambda-edge.js');
  requireFile(built, '`make edge` builds the verifier');
  const folder = FileSystem.mkdtemp('countersign-edge-');
  const [settings, code] = [join(folder, 'settings.json'), join(folder, 'function')];
  writeFileSync(settings, JSON.stringify({ issuer, audience, jwksUrl: keySetOf(issuer) }));
  const command = join(verifierPackage, 'bin/lambda-edge.js');
  try {
    execFileSync(process.execPath, [command, settings, code], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new ConfigurationError(`the verifier of the edge cannot be made: ${(stderr ?? String(error)).trim().split('\n')[0]}`);
  }
  return code;
}
