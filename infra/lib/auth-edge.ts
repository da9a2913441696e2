import { CfnOutput, Duration, SecretValue } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

import { acknowledge } from './acknowledge.ts';
import { Firewall } from './api/firewall.ts';
import { guardedPatterns } from './api/operations.ts';
import { KEY_HEADER, originSecretName } from './api/origin-keys.ts';
import { EdgeAccessLog } from './edge/access-log.ts';
import { EdgeVerifier } from './edge/edge-verifier.ts';
import { issuerOf } from './issuer.ts';
import { customerKey } from './log-group.ts';
import { Alarms } from './observability/alarms.ts';
import type { Configuration } from './stage/configuration.ts';
import { checkEdgeRegion } from './stage/region.ts';
import { checkConfiguration, ConfigurationError } from './stage/stage.ts';

/** What the edge of a service is made of. */
export interface AuthEdgeProps {
  /** The record of the stage, with `edge` and `api.domain`. It is checked. */
  readonly configuration: Configuration;
  /** The folder of the package `@countersign/edge`, built. It is needed where `edge.verifier` is `on`. */
  readonly verifierPackage: string;
}

/** What everybody may keep: the key set, the metadata, and the files of the pages. */
const PUBLIC = ['/.well-known/*', '/assets/*'];
/** The longest time for which the edge keeps them; the service says for how long they are good. */
const LONGEST = Duration.minutes(5);
/** What CloudFront would keep for ten seconds by path alone, so that one user's answer became another's. */
const KEPT_BY_DEFAULT = [400, 403, 404, 405, 414, 500, 501, 502, 503, 504];
/** As long as a call may take at the API. */
const TIMEOUT = Duration.seconds(30);

/**
 * CloudFront before the API of a service, with firewall, verifier, log and alarm. It stands in
 * us-east-1, and refers to nothing of the other stacks but names of the record.
 *
 * @throws ConfigurationError when the record cannot be used or has no edge, the stack is not in us-east-1,
 * or the verifier is not built
 */
export class AuthEdge extends Construct {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, props: AuthEdgeProps) {
    super(scope, id);
    const configuration = checkConfiguration(props.configuration.environment, props.configuration);
    const { environment, edge } = configuration;
    if (edge === undefined) {
      throw new ConfigurationError(`stage ${environment}: an edge needs the member \`edge\``);
    }
    checkEdgeRegion(this);
    const key = customerKey(this, 'Key', configuration);
    const firewall = new Firewall(this, 'Firewall', { configuration, key, scope: 'CLOUDFRONT' });
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `Countersign ${environment}`,
      domainNames: [edge.domain.name],
      certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', edge.domain.certificateArn),
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      webAclId: firewall.arn,
      errorResponses: KEPT_BY_DEFAULT.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      ...this.behaviours(configuration, props.verifierPackage),
    });
    new EdgeAccessLog(this, 'AccessLog', { configuration, key, distribution: this.distribution });
    this.watch(new Alarms(this, 'Alarms', configuration, key));
    this.explain();
    new CfnOutput(this, 'Target', {
      value: this.distribution.distributionDomainName,
      description: `What the name ${edge.domain.name} must lead to`,
    });
  }

  private behaviours(
    configuration: Configuration,
    verifierPackage: string,
  ): Pick<cloudfront.DistributionProps, 'defaultBehavior' | 'additionalBehaviors'> {
    const { environment, edge } = configuration;
    const common = {
      origin: origin(configuration),
      // A redirection would invite clients to send passwords in the clear first.
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      responseHeadersPolicy: this.headers(environment),
    };
    const ofOneUser = {
      ...common,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    };
    const ofAll = { ...common, compress: true, cachePolicy: this.cache(environment) };
    const verifier =
      edge?.verifier === 'on'
        ? new EdgeVerifier(this, 'Verifier', {
            verifierPackage,
            issuer: issuerOf(configuration) as string,
            functionName: `countersign-${environment}-edge`,
          })
        : undefined;
    const guarded = verifier === undefined ? undefined : { ...ofOneUser, edgeLambdas: verifier.forViewerRequests() };
    return {
      defaultBehavior: ofOneUser,
      additionalBehaviors: {
        ...Object.fromEntries(PUBLIC.map((pattern) => [pattern, ofAll])),
        ...(guarded === undefined ? {} : Object.fromEntries(guardedPatterns().map((pattern) => [pattern, guarded]))),
      },
    };
  }

  /** Every answer as strict as those of the service, also those that CloudFront makes itself. */
  private headers(environment: string): cloudfront.ResponseHeadersPolicy {
    return new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      comment: `Countersign ${environment}: where the service says nothing stricter`,
      securityHeadersBehavior: {
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override: false },
        contentTypeOptions: { override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: false },
        contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'", override: false },
      },
      removeHeaders: ['x-amz-apigw-id', 'x-amzn-requestid', 'x-amzn-trace-id'],
    });
  }

  private cache(environment: string): cloudfront.CachePolicy {
    return new cloudfront.CachePolicy(this, 'Public', {
      comment: `Countersign ${environment}: key set, metadata and files of pages`,
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: LONGEST,
      enableAcceptEncodingBrotli: true,
      enableAcceptEncodingGzip: true,
    });
  }

  private watch(alarms: Alarms): void {
    alarms.watch([
      {
        name: 'edge-errors',
        meaning: 'More than 1 % of the calls are answered with 5xx at the edge',
        metric: new cloudwatch.Metric({
          namespace: 'AWS/CloudFront',
          metricName: '5xxErrorRate',
          dimensionsMap: { DistributionId: this.distribution.distributionId, Region: 'Global' },
          statistic: 'Average',
          period: Duration.minutes(5),
        }),
        above: 1,
      },
    ]);
  }

  private explain(): void {
    acknowledge(this.distribution, {
      'AwsSolutions-CFR1': 'Users may be anywhere; who wants to shut countries out adds a rule to the firewall.',
      'AwsSolutions-CFR3': 'The log goes to CloudWatch by a delivery, which can leave the query out; the rule knows the older log alone, which cannot.',
    });
  }
}

/** The API under its own name, which takes no call without the key. */
function origin({ environment, api, edge }: Configuration): origins.HttpOrigin {
  const key = SecretValue.secretsManager(originSecretName(environment, edge?.originKey ?? 1));
  return new origins.HttpOrigin(api.domain?.name ?? '', {
    protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
    readTimeout: TIMEOUT,
    customHeaders: { [KEY_HEADER]: key.unsafeUnwrap() },
  });
}
