import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

import { logGroup } from '../log-group.ts';
import type { Configuration } from '../stage/configuration.ts';
import { CREDENTIALS } from './operations.ts';

/** Groups of rules that AWS keeps, in the order in which they judge a request. */
const MANAGED = ['AWSManagedRulesAmazonIpReputationList', 'AWSManagedRulesKnownBadInputsRuleSet', 'AWSManagedRulesCommonRuleSet'];
/** The longest body that is inspected, and so let through. No call of the service needs a quarter. */
const LONGEST_BODY = 8192;

/** The web ACL in front of the service: at the API, or at the edge where a stage has one. */
export class Firewall extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    of: { configuration: Configuration; scope: 'REGIONAL' | 'CLOUDFRONT'; key: kms.IKey },
  ) {
    super(scope, id);
    const { environment, api } = of.configuration;
    // A stage may have its API in the region of the edge.
    const name = of.scope === 'CLOUDFRONT' ? `countersign-${environment}-edge` : `countersign-${environment}`;
    const acl = new wafv2.CfnWebACL(this, 'Acl', {
      name,
      scope: of.scope,
      defaultAction: { allow: {} },
      visibilityConfig: visibility(name),
      rules: [tooLong(0), credentials(1, api.credentialsPerAddress), ...MANAGED.map((name, index) => managed(name, index + 2))],
    });
    this.arn = acl.attrArn;
    // The service demands this prefix.
    const log = logGroup(this, 'Log', { ...of, name: `aws-waf-logs-${name}` });
    new wafv2.CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [log.logGroupArn],
      redactedFields: [
        { singleHeader: { Name: 'authorization' } },
        { singleHeader: { Name: 'cookie' } },
        { queryString: {} },
      ],
    });
  }

  /** Puts it before a stage of an API. */
  guard(stage: apigateway.Stage): void {
    new wafv2.CfnWebACLAssociation(this, 'Association', { resourceArn: stage.stageArn, webAclArn: this.arn });
  }
}

function visibility(metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty {
  // Sampled requests would show their headers to whoever may open the console.
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}

function managed(name: string, priority: number): wafv2.CfnWebACL.RuleProperty {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
    visibilityConfig: visibility(name),
  };
}

function tooLong(priority: number): wafv2.CfnWebACL.RuleProperty {
  return {
    name: 'LongBodies',
    priority,
    action: { block: { customResponse: { responseCode: 413 } } },
    statement: {
      sizeConstraintStatement: {
        fieldToMatch: { body: { oversizeHandling: 'MATCH' } },
        comparisonOperator: 'GT',
        size: LONGEST_BODY,
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    },
    visibilityConfig: visibility('LongBodies'),
  };
}

/** Blocks an address that calls for a password or token too often. */
function credentials(priority: number, limit: number): wafv2.CfnWebACL.RuleProperty {
  const path = (call: string): wafv2.CfnWebACL.StatementProperty => ({
    byteMatchStatement: {
      fieldToMatch: { uriPath: {} },
      positionalConstraint: 'ENDS_WITH',
      searchString: call,
      textTransformations: [{ priority: 0, type: 'URL_DECODE' }],
    },
  });
  return {
    name: 'Credentials',
    priority,
    action: { block: { customResponse: { responseCode: 429 } } },
    statement: {
      rateBasedStatement: {
        aggregateKeyType: 'IP',
        limit,
        evaluationWindowSec: 300,
        scopeDownStatement: { orStatement: { statements: CREDENTIALS.map(path) } },
      },
    },
    visibilityConfig: visibility('Credentials'),
  };
}

