import { CfnOutput, Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { acknowledge } from '../acknowledge.ts';
import { generatedUrl, issuerOf } from '../issuer.ts';
import { logGroup } from '../log-group.ts';
import type { Configuration } from '../stage/configuration.ts';
import { CREDENTIALS, type Operation, operations } from './operations.ts';

/** The first segment of the URL where API Gateway makes it. */
export const STAGE_NAME = 'auth';
/** For how long a browser keeps the answer to a preflight request. */
const PREFLIGHT_AGE = Duration.minutes(10);

/** The REST API in front of the function, with one route for each call. */
export class RestApi extends Construct {
  readonly api: apigateway.RestApi;
  /** Where clients reach the service, without a slash at the end. */
  readonly url: string;
  private readonly validator: apigateway.RequestValidator;
  private readonly model: apigateway.Model;

  constructor(scope: Construct, id: string, configuration: Configuration, key: kms.IKey) {
    super(scope, id);
    const { api, environment } = configuration;
    const name = `countersign-${environment}`;
    const log = logGroup(this, 'AccessLog', { configuration, key, name: `/countersign/${environment}/access` });
    this.api = new apigateway.RestApi(this, 'Api', {
      restApiName: name,
      description: `Countersign ${environment}`,
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      disableExecuteApiEndpoint: api.domain !== undefined,
      cloudWatchRole: false,
      deployOptions: {
        stageName: STAGE_NAME,
        accessLogDestination: new apigateway.LogGroupLogDestination(log),
        accessLogFormat: accessLogFormat(),
        loggingLevel: apigateway.MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        metricsEnabled: true,
        tracingEnabled: true,
        throttlingRateLimit: api.throttle.perSecond,
        throttlingBurstLimit: api.throttle.burst,
        methodOptions: throttles(configuration),
      },
      ...(api.domain === undefined
        ? {}
        : {
            domainName: {
              domainName: api.domain.name,
              certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', api.domain.certificateArn),
              securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
              endpointType: apigateway.EndpointType.REGIONAL,
            },
          }),
    });
    if (this.api.domainName !== undefined && api.domain !== undefined) {
      new CfnOutput(this, 'Target', {
        value: this.api.domainName.domainNameAliasDomainName,
        description: `What the name ${api.domain.name} must lead to`,
      });
    }
    this.url = issuerOf(configuration) ?? generatedUrl(this.api, STAGE_NAME);
    this.validator = this.api.addRequestValidator('BodyValidator', { validateRequestBody: true });
    this.model = this.api.addModel('Object', {
      contentType: 'application/json',
      description: 'What every body is; the service judges its members, and names each that is wrong',
      schema: { type: apigateway.JsonSchemaType.OBJECT, maxProperties: 32 },
    });
    this.refusals(configuration);
    this.explain(configuration);
  }

  /** Sends every call of the description to the alias. */
  route(alias: lambda.Alias, configuration: Configuration): void {
    const integration = new apigateway.LambdaIntegration(alias, {
      scopePermissionToMethod: false,
    });
    const { allowedOrigins } = configuration.api;
    const all = operations(configuration.service.description === 'on');
    for (const operation of all) {
      this.resource(operation).addMethod(operation.method, integration, {
        ...this.methodOptions(operation),
        // Where there is an edge, it alone has the key.
        ...(configuration.edge === undefined ? {} : { apiKeyRequired: true }),
      });
    }
    if (allowedOrigins.length === 0) {
      return;
    }
    for (const path of new Set(all.map((operation) => operation.path))) {
      const methods = all.filter((operation) => operation.path === path).map(({ method }) => method);
      this.api.root.resourceForPath(path).addCorsPreflight({
        allowOrigins: allowedOrigins,
        allowMethods: methods,
        allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key'],
        maxAge: PREFLIGHT_AGE,
      });
    }
  }

  private resource({ path }: Operation): apigateway.IResource {
    return path === '/' ? this.api.root : this.api.root.resourceForPath(path);
  }

  private methodOptions({ needsBody, path }: Operation): apigateway.MethodOptions {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [`method.request.path.${name}`, true]);
    return {
      authorizationType: apigateway.AuthorizationType.NONE,
      requestParameters: Object.fromEntries(names) as Record<string, boolean>,
      ...(needsBody ? { requestValidator: this.validator, requestModels: { 'application/json': this.model } } : {}),
    };
  }

  /** What the gateway refuses itself is a problem document, and readable for allowed pages. */
  private refusals({ api }: Configuration): void {
    const [origin] = api.allowedOrigins;
    const headers: Record<string, string> =
      origin === undefined ? {} : { 'Access-Control-Allow-Origin': `'${origin}'`, Vary: "'Origin'" };
    const template = (slug: string, title: string, status: string): Record<string, string> => ({
      'application/json':
        `{"type":"${this.url}/problems/${slug}","title":"${title}","status":${status},` +
        '"request_id":"$context.requestId"}',
    });
    const { ResponseType } = apigateway;
    const types: [string, apigateway.ResponseType, string, Record<string, string> | undefined][] = [
      ['Default4xx', ResponseType.DEFAULT_4XX, '', undefined],
      ['Default5xx', ResponseType.DEFAULT_5XX, '', undefined],
      ['BadBody', ResponseType.BAD_REQUEST_BODY, '400', template('invalid-json', 'Not JSON', '400')],
      ['NotFound', ResponseType.MISSING_AUTHENTICATION_TOKEN, '404', template('not-found', 'Not found', '404')],
      ['TooLarge', ResponseType.REQUEST_TOO_LARGE, '413', template('content-too-large', 'Content too large', '413')],
      ['Throttled', ResponseType.THROTTLED, '429', template('too-many-attempts', 'Too many attempts', '429')],
    ];
    for (const [id, type, statusCode, templates] of types) {
      this.api.addGatewayResponse(id, {
        type,
        ...(statusCode === '' ? {} : { statusCode }),
        responseHeaders: {
          ...headers,
          ...(templates === undefined ? {} : { 'Content-Type': "'application/problem+json'" }),
          ...(id === 'Throttled' ? { 'Retry-After': "'1'" } : {}),
        },
        ...(templates === undefined ? {} : { templates }),
      });
    }
  }

  private explain({ edge }: Configuration): void {
    if (edge !== undefined) {
      const firewall = 'The firewall stands at the edge, without whose key the API answers nobody; here it would see the edge alone.';
      acknowledge(this.api, { 'AwsSolutions-APIG3': firewall, 'NIST.800.53.R5-APIGWAssociatedWithWAF': firewall });
    }
    acknowledge(this.api, {
      'AwsSolutions-APIG2': 'Bodies are validated where one is needed; the service validates each parameter itself.',
      'AwsSolutions-APIG4': 'The service is what authorises: it checks tokens itself, and login has none yet.',
      'AwsSolutions-COG4': 'The service takes the place of Cognito: it issues the tokens and checks them itself.',
      'NIST.800.53.R5-APIGWCacheEnabledAndEncrypted': 'Answers are of one user and carry tokens, so none is kept.',
      'NIST.800.53.R5-APIGWExecutionLoggingEnabled': 'That log could hold bodies with passwords.',
      'NIST.800.53.R5-APIGWSSLEnabled': 'The integration is an invocation of Lambda, which takes no client certificate.',
      'AwsSolutions-APIG6': 'The log of executions could hold bodies with passwords; the access log holds none.',
    });
  }
}

/** The fields of the access log: no query, no header and no body, so no password and no token. */
function accessLogFormat(): apigateway.AccessLogFormat {
  const { AccessLogField } = apigateway;
  return apigateway.AccessLogFormat.custom(
    JSON.stringify({
      time: AccessLogField.contextRequestTimeEpoch(),
      requestId: AccessLogField.contextRequestId(),
      traceId: AccessLogField.contextXrayTraceId(),
      sourceIp: AccessLogField.contextIdentitySourceIp(),
      method: AccessLogField.contextHttpMethod(),
      route: AccessLogField.contextResourcePath(),
      status: AccessLogField.contextStatus(),
      latencyMs: AccessLogField.contextResponseLatency(),
      integrationStatus: AccessLogField.contextIntegrationStatus(),
      integrationLatencyMs: AccessLogField.contextIntegrationLatency(),
      responseLength: AccessLogField.contextResponseLength(),
      error: AccessLogField.contextErrorResponseType(),
      authorizerError: AccessLogField.contextAuthorizerError(),
      firewall: AccessLogField.contextWafResponseCode(),
    }),
  );
}

function throttles({ api }: Configuration): Record<string, apigateway.MethodDeploymentOptions> {
  const limited = operations(false).filter(({ path, method }) => CREDENTIALS.includes(path) && method !== 'GET');
  return Object.fromEntries(
    limited.map(({ path, method }) => [
      `${path}/${method}`,
      {
        throttlingRateLimit: api.throttleOfCredentials.perSecond,
        throttlingBurstLimit: api.throttleOfCredentials.burst,
        dataTraceEnabled: false,
        metricsEnabled: true,
      },
    ]),
  );
}
