// An app of another team, with a Countersign of its own.
//
//     npx cdk synth --app 'node app.js ARCHIVES'    the folder that `make lambda` writes

import { App, Stack } from 'aws-cdk-lib';

import { AuthService, STAGES } from '@countersign/infra';

const archives = process.argv[2];
const app = new App();
const { staging } = STAGES;

const auth = new Stack(app, 'Auth', { env: { region: staging.region } });
new AuthService(auth, 'Countersign', {
  configuration: { ...staging, service: { ...staging.service, policyFile: 'shop.toml' } },
  archive: `${archives}/countersign-arm64.zip`,
});

app.synth();
