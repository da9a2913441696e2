/** The constructs that another CDK app can take. */
export { AuthApi, type AuthApiProps } from './auth-api.ts';
export { AuthDatabase } from './auth-database.ts';
export { AuthEdge, type AuthEdgeProps } from './auth-edge.ts';
export { AuthService, type AuthServiceProps } from './auth-service.ts';
export { CountersignAuthorizer, type CountersignAuthorizerProps } from './countersign-authorizer.ts';
export { EdgeVerifier, type EdgeVerifierProps } from './edge/edge-verifier.ts';
export { addStacks } from './stacks.ts';
export type { Configuration } from './stage/configuration.ts';
export { ConfigurationError, readStage } from './stage/stage.ts';
export { STAGES } from './stage/stages.ts';
