// An app of another team: a Countersign of its own, and a shop whose API takes its tokens.
//
//     npx cdk synth --app 'node app.js ARCHIVES'    the folder that `make lambda` writes

import { App, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUrlIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';

import { AuthService, STAGES } from '@countersign/infra';

const archives = process.argv[2];
const app = new App();
const { staging } = STAGES;

const auth = new Stack(app, 'Auth', { env: { region: staging.region } });
const service = new AuthService(auth, 'Countersign', {
  configuration: { ...staging, service: { ...staging.service, policyFile: 'shop.toml' } },
  archive: `${archives}/countersign-arm64.zip`,
});

const shop = new Stack(app, 'Shop', { env: { region: staging.region } });
const authorizer = service.authorizer(shop, 'Authorizer', {
  archive: `${archives}/authorizer-arm64.zip`,
  policyFile: 'shop.toml',
});

const rest = new apigateway.RestApi(shop, 'Rest', { cloudWatchRole: false });
const orders = new apigateway.HttpIntegration('https://orders.example.com');
rest.root.addMethod('GET', orders, { authorizer: authorizer.forRestApi() });

const http = new apigatewayv2.HttpApi(shop, 'Http', { defaultAuthorizer: authorizer.forHttpApi() });
http.addRoutes({ path: '/orders', integration: new HttpUrlIntegration('Orders', 'https://orders.example.com') });

app.synth();
