// A CDK application with every construct of Cognito of the second level, of aws-cdk-lib, and the
// authorizers of API Gateway; synthesised into a folder.
import { fileURLToPath } from 'node:url';

import cdk from 'aws-cdk-lib';
import apigateway from 'aws-cdk-lib/aws-apigateway';
import apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import authorizers from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import integrations from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import cognito from 'aws-cdk-lib/aws-cognito';
import identitypool from 'aws-cdk-lib/aws-cognito-identitypool';
import lambda from 'aws-cdk-lib/aws-lambda';

const code = () => lambda.Code.fromAsset(fileURLToPath(new URL('lambda', import.meta.url)));

class Directory extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    this.pool = new cognito.UserPool(this, 'Pool', {
      userPoolName: 'shop',
      selfSignUpEnabled: true,
      signInAliases: { email: true },
      autoVerify: { email: true },
      standardAttributes: { email: { required: true, mutable: true }, locale: { required: false } },
      customAttributes: {
        tenant: new cognito.StringAttribute({ minLen: 1, maxLen: 36, mutable: false }),
        credit: new cognito.NumberAttribute({ min: 0, max: 1000, mutable: true }),
        member: new cognito.BooleanAttribute({ mutable: true }),
        since: new cognito.DateTimeAttribute(),
      },
      passwordPolicy: { minLength: 10, requireSymbols: false, tempPasswordValidity: cdk.Duration.days(3) },
      mfa: cognito.Mfa.OPTIONAL,
      mfaSecondFactor: { sms: true, otp: true },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      featurePlan: cognito.FeaturePlan.PLUS,
      standardThreatProtectionMode: cognito.StandardThreatProtectionMode.AUDIT_ONLY,
      passkeyRelyingPartyId: 'localhost',
      passkeyUserVerification: cognito.PasskeyUserVerification.PREFERRED,
      signInPolicy: { allowedFirstAuthFactors: { password: true, emailOtp: true, passkey: true } },
      email: cognito.UserPoolEmail.withCognito('support@example.com'),
      deviceTracking: { challengeRequiredOnNewDevice: true, deviceOnlyRememberedOnUserPrompt: true },
      keepOriginal: { email: true },
      deletionProtection: false,
    });
    const handler = new lambda.Function(this, 'PreToken', {
      runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: code(),
    });
    this.pool.addTrigger(cognito.UserPoolOperation.PRE_TOKEN_GENERATION, handler);

    const read = new cognito.ResourceServerScope({ scopeName: 'read', scopeDescription: 'Read orders' });
    const server = this.pool.addResourceServer('Orders', { identifier: 'orders', scopes: [read] });
    new cognito.UserPoolIdentityProviderGoogle(this, 'Google', {
      userPool: this.pool, clientId: 'google', clientSecretValue: cdk.SecretValue.secretsManager('google'),
      scopes: ['email'], attributeMapping: { email: cognito.ProviderAttribute.GOOGLE_EMAIL },
    });
    new cognito.UserPoolIdentityProviderFacebook(this, 'Facebook', {
      userPool: this.pool, clientId: 'facebook', clientSecret: 'facebook-secret',
    });
    new cognito.UserPoolIdentityProviderAmazon(this, 'Amazon', {
      userPool: this.pool, clientId: 'amazon', clientSecret: 'amazon-secret',
    });
    new cognito.UserPoolIdentityProviderApple(this, 'Apple', {
      userPool: this.pool, clientId: 'com.example', teamId: 'TEAM000001', keyId: 'KEY0000001',
      privateKey: '-----BEGIN PRIVATE KEY-----\nplaceholder\n-----END PRIVATE KEY-----',
    });
    new cognito.UserPoolIdentityProviderOidc(this, 'Partner', {
      userPool: this.pool, name: 'Partner', clientId: 'shop', clientSecret: 'partner-secret',
      issuerUrl: 'https://login.partner.example.com', scopes: ['openid', 'email'],
      attributeMapping: { email: cognito.ProviderAttribute.other('email') },
      endpoints: {
        authorization: 'https://login.partner.example.com/authorize',
        token: 'https://login.partner.example.com/token',
        userInfo: 'https://login.partner.example.com/userinfo',
        jwksUri: 'https://login.partner.example.com/keys',
      },
    });
    this.client = this.pool.addClient('Web', {
      userPoolClientName: 'web',
      generateSecret: true,
      authFlows: { userPassword: true, userSrp: true, user: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.resourceServer(server, read)],
        callbackUrls: ['http://localhost:3000/callback'],
        logoutUrls: ['http://localhost:3000/'],
      },
      accessTokenValidity: cdk.Duration.minutes(15),
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      readAttributes: new cognito.ClientAttributes().withStandardAttributes({ email: true }).withCustomAttributes('tenant'),
    });
    const machine = this.pool.addClient('Machine', {
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes: [cognito.OAuthScope.resourceServer(server, read)] },
    });
    machine.node.addDependency(server);
    const domain = this.pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: `shop-${cdk.Fn.select(2, cdk.Fn.split('/', this.stackId))}`.slice(0, 80) },
      managedLoginVersion: cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    new cognito.CfnManagedLoginBranding(this, 'Branding', {
      userPoolId: this.pool.userPoolId, clientId: this.client.userPoolClientId, useCognitoProvidedValues: true,
    });
    const admins = this.pool.addGroup('Admins', { groupName: 'admins', precedence: 1, description: 'All' });
    const user = new cognito.CfnUserPoolUser(this, 'Ada', {
      userPoolId: this.pool.userPoolId, username: 'ada@example.com',
      userAttributes: [
        { name: 'email', value: 'ada@example.com' },
        { name: 'email_verified', value: 'true' },
      ],
    });
    const member = new cognito.CfnUserPoolUserToGroupAttachment(this, 'AdaIsAdmin', {
      userPoolId: this.pool.userPoolId, username: user.ref, groupName: admins.groupName,
    });
    member.node.addDependency(admins);
    new cognito.CfnUserPoolRiskConfigurationAttachment(this, 'Risk', {
      userPoolId: this.pool.userPoolId, clientId: 'ALL',
      compromisedCredentialsRiskConfiguration: { actions: { eventAction: 'BLOCK' } },
    });
    new cognito.CfnTerms(this, 'Terms', {
      userPoolId: this.pool.userPoolId, clientId: this.client.userPoolClientId, termsName: 'terms-of-use',
      termsSource: 'LINK', enforcement: 'NONE', links: { 'cognito:default': 'https://example.com/terms' },
    });
    const identities = new identitypool.IdentityPool(this, 'Identities', {
      identityPoolName: 'shop',
      allowUnauthenticatedIdentities: true,
      authenticationProviders: {
        userPools: [new identitypool.UserPoolAuthenticationProvider({ userPool: this.pool, userPoolClient: this.client })],
      },
      roleMappings: [{
        mappingKey: 'shop', useToken: true,
        providerUrl: identitypool.IdentityPoolProviderUrl.userPool(this.pool, this.client),
      }],
    });
    new cdk.CfnOutput(this, 'PoolId', { value: this.pool.userPoolId, exportName: 'shop-pool' });
    new cdk.CfnOutput(this, 'ClientId', { value: this.client.userPoolClientId });
    new cdk.CfnOutput(this, 'ClientSecret', { value: this.client.userPoolClientSecret.unsafeUnwrap() });
    new cdk.CfnOutput(this, 'SignInUrl', { value: domain.signInUrl(this.client, { redirectUri: 'http://localhost:3000/callback' }) });
    new cdk.CfnOutput(this, 'IdentityPoolId', { value: identities.identityPoolId });
  }
}

class Shop extends cdk.Stack {
  constructor(scope, id, { directory, ...props }) {
    super(scope, id, props);
    const handler = new lambda.Function(this, 'Handler', {
      runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: code(),
      environment: { CLIENT_ID: directory.client.userPoolClientId, POOL_ID: directory.pool.userPoolId },
    });
    const rest = new apigateway.RestApi(this, 'Rest', {
      restApiName: 'orders',
      defaultCorsPreflightOptions: { allowOrigins: apigateway.Cors.ALL_ORIGINS },
    });
    const authorizer = new apigateway.CognitoUserPoolsAuthorizer(this, 'Authorizer', {
      cognitoUserPools: [directory.pool], authorizerName: 'pool',
    });
    const orders = rest.root.addResource('orders').addResource('{id}');
    orders.addMethod('GET', new apigateway.LambdaIntegration(handler), {
      authorizer, authorizationScopes: ['orders/read'],
    });
    rest.root.addMethod('ANY', new apigateway.HttpIntegration('http://localhost:3000/'), { authorizer });
    const http = new apigatewayv2.HttpApi(this, 'Http', { apiName: 'items' });
    const jwt = new authorizers.HttpUserPoolAuthorizer('jwt', directory.pool, { userPoolClients: [directory.client] });
    http.addRoutes({
      path: '/items', methods: [apigatewayv2.HttpMethod.GET], authorizer: jwt,
      integration: new integrations.HttpLambdaIntegration('Items', handler),
    });
    http.addRoutes({
      path: '/{proxy+}', methods: [apigatewayv2.HttpMethod.ANY], authorizer: new authorizers.HttpIamAuthorizer(),
      integration: new integrations.HttpUrlIntegration('Rest', 'http://localhost:3000/'),
    });
  }
}

export function synthesise(outdir) {
  const app = new cdk.App({ outdir, analyticsReporting: false });
  const directory = new Directory(app, 'Directory');
  new Shop(app, 'Shop', { directory });
  return app.synth().directory;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  synthesise(process.argv[2]);
}
