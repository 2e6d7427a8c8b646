// A CDK application with every construct of Cognito of the second level, of aws-cdk-lib, and the
// authorizers of API Gateway; synthesised into a folder. What is checked in for the tests in Rust:
//   node cdk_app.mjs ../../it/import/data/cdk ../../it/import/data/cdk_partners
import { fileURLToPath } from 'node:url';

import cdk from 'aws-cdk-lib';
import apigateway from 'aws-cdk-lib/aws-apigateway';
import apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import authorizers from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import integrations from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import certificates from 'aws-cdk-lib/aws-certificatemanager';
import cognito from 'aws-cdk-lib/aws-cognito';
import identitypool from 'aws-cdk-lib/aws-cognito-identitypool';
import iam from 'aws-cdk-lib/aws-iam';
import kms from 'aws-cdk-lib/aws-kms';
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

/** What the two stacks have not: the other triggers, SAML, a domain of one's own, e-mail by SES. */
class Partners extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const handler = new lambda.Function(this, 'Trigger', {
      runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: code(),
    });
    const key = new kms.Key(this, 'Codes');
    this.pool = new cognito.UserPool(this, 'Pool', {
      userPoolName: 'partners',
      selfSignUpEnabled: false,
      signInAliases: { username: true, email: true, preferredUsername: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      standardAttributes: {
        fullname: { required: true, mutable: true }, email: { required: true, mutable: true },
        birthdate: { required: false, mutable: true },
      },
      userInvitation: {
        emailSubject: 'Welcome', emailBody: '{username}: {####}', smsMessage: '{username}: {####}',
      },
      userVerification: {
        emailSubject: 'Please confirm', emailBody: '{##Confirm##}',
        emailStyle: cognito.VerificationEmailStyle.LINK, smsMessage: 'Your code: {####}',
      },
      email: cognito.UserPoolEmail.withSES({
        fromEmail: 'hello@partners.example.com', fromName: 'Partners',
        replyTo: 'help@partners.example.com', sesRegion: 'us-east-1', sesVerifiedDomain: 'partners.example.com',
      }),
      mfa: cognito.Mfa.REQUIRED,
      mfaSecondFactor: { sms: true, otp: true, email: true },
      mfaMessage: 'Your code: {####}',
      smsRoleExternalId: 'partners',
      featurePlan: cognito.FeaturePlan.ESSENTIALS,
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      passwordPolicy: { minLength: 12, passwordHistorySize: 3 },
      customSenderKmsKey: key,
      lambdaTriggers: {
        preSignUp: handler, postConfirmation: handler, preAuthentication: handler,
        postAuthentication: handler, customMessage: handler, defineAuthChallenge: handler, createAuthChallenge: handler,
        verifyAuthChallengeResponse: handler, userMigration: handler,
        customEmailSender: handler, customSmsSender: handler,
      },
      deletionProtection: true,
    });
    this.pool.addTrigger(
      cognito.UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, handler, cognito.LambdaVersion.V2_0,
    );
    const partner = new cognito.UserPoolIdentityProviderSaml(this, 'Saml', {
      userPool: this.pool, name: 'Corporate', identifiers: ['corporate.example.com'], idpSignout: true,
      encryptedResponses: false, requestSigningAlgorithm: cognito.SigningAlgorithm.RSA_SHA256,
      metadata: cognito.UserPoolIdentityProviderSamlMetadata.file(
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" ' +
        'entityID="https://idp.example.com">' +
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">' +
        '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" ' +
        'Location="https://idp.example.com/sso"/>' +
        '</IDPSSODescriptor></EntityDescriptor>',
      ),
      attributeMapping: { email: cognito.ProviderAttribute.other('mail') },
    });
    const write = new cognito.ResourceServerScope({ scopeName: 'write', scopeDescription: 'Write' });
    const server = new cognito.UserPoolResourceServer(this, 'Api', {
      userPool: this.pool, identifier: 'https://api.partners.example.com',
      userPoolResourceServerName: 'API', scopes: [write],
    });
    this.client = new cognito.UserPoolClient(this, 'App', {
      userPool: this.pool,
      authFlows: { adminUserPassword: true, custom: true },
      oAuth: {
        flows: { implicitCodeGrant: true },
        scopes: [
          cognito.OAuthScope.COGNITO_ADMIN, cognito.OAuthScope.PHONE, cognito.OAuthScope.PROFILE,
          cognito.OAuthScope.resourceServer(server, write),
        ],
        callbackUrls: ['https://partners.example.com/'],
        defaultRedirectUri: 'https://partners.example.com/',
        logoutUrls: ['https://partners.example.com/bye'],
      },
      supportedIdentityProviders: [
        cognito.UserPoolClientIdentityProvider.custom(partner.providerName),
      ],
      authSessionValidity: cdk.Duration.minutes(5),
      idTokenValidity: cdk.Duration.hours(2), refreshTokenValidity: cdk.Duration.days(60),
      refreshTokenRotationGracePeriod: cdk.Duration.seconds(20),
      enablePropagateAdditionalUserContextData: false,
      writeAttributes: new cognito.ClientAttributes().withStandardAttributes({ email: true, fullname: true }),
    });
    this.client.node.addDependency(partner);
    const certificate = certificates.Certificate.fromCertificateArn(
      this, 'Certificate',
      'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-4333-8444-555555555555',
    );
    const domain = new cognito.UserPoolDomain(this, 'Domain', {
      userPool: this.pool, customDomain: { domainName: 'login.partners.example.com', certificate },
    });
    const role = new iam.Role(this, 'Staff', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    new cognito.UserPoolGroup(this, 'StaffGroup', {
      userPool: this.pool, groupName: 'staff', precedence: 0, role,
    });
    const identities = new identitypool.IdentityPool(this, 'Identities', {
      identityPoolName: 'partners', allowClassicFlow: true,
      authenticationProviders: {
        userPools: [new identitypool.UserPoolAuthenticationProvider({
          userPool: this.pool, userPoolClient: this.client,
        })],
        google: { clientId: 'google-app' }, customProvider: 'login.partners.example.com',
        openIdConnectProviders: [iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(
          this, 'Oidc', 'arn:aws:iam::123456789012:oidc-provider/login.example.com',
        )],
        samlProviders: [iam.SamlProvider.fromSamlProviderArn(
          this, 'SamlProvider', 'arn:aws:iam::123456789012:saml-provider/corporate',
        )],
      },
      roleMappings: [{
        mappingKey: 'partners',
        providerUrl: identitypool.IdentityPoolProviderUrl.userPool(this.pool, this.client),
        rules: [{ claim: 'cognito:groups', claimValue: 'staff', mappedRole: role,
          matchType: identitypool.RoleMappingMatchType.CONTAINS }],
      }],
    });
    new cognito.CfnIdentityPoolPrincipalTag(this, 'Tags', {
      identityPoolId: identities.identityPoolId, identityProviderName: this.pool.userPoolProviderName,
      useDefaults: false, principalTags: { department: 'name' },
    });
    new cognito.CfnUserPoolUICustomizationAttachment(this, 'Look', {
      userPoolId: this.pool.userPoolId, clientId: 'ALL', css: '.label-customizable { font-weight: 400; }',
    }).node.addDependency(domain);
    new cdk.CfnOutput(this, 'PartnersPoolId', { value: this.pool.userPoolId });
    new cdk.CfnOutput(this, 'PartnersClientId', { value: this.client.userPoolClientId });
    new cdk.CfnOutput(this, 'PartnersIdentityPoolId', { value: identities.identityPoolId });
    new cdk.CfnOutput(this, 'PartnersDomainTarget', { value: domain.cloudFrontEndpoint });
    this.apis(handler);
  }

  /** Every authorizer that is not in the other stacks. */
  apis(handler) {
    const toFunction = new apigateway.LambdaIntegration(handler);
    const rest = new apigateway.RestApi(this, 'Tokens', { restApiName: 'tokens' });
    rest.root.addResource('token').addMethod('GET', toFunction, {
      authorizer: new apigateway.TokenAuthorizer(this, 'TokenAuthorizer', {
        handler, identitySource: 'method.request.header.X-Token', resultsCacheTtl: cdk.Duration.minutes(1),
      }),
    });
    rest.root.addResource('request').addMethod('GET', toFunction, {
      authorizer: new apigateway.RequestAuthorizer(this, 'RequestAuthorizer', {
        handler, identitySources: [apigateway.IdentitySource.header('X-Tenant')],
      }),
    });
    const http = new apigatewayv2.HttpApi(this, 'Jwt', { apiName: 'jwt' });
    const items = new integrations.HttpLambdaIntegration('JwtItems', handler);
    http.addRoutes({
      path: '/jwt', methods: [apigatewayv2.HttpMethod.GET], integration: items,
      authorizer: new authorizers.HttpJwtAuthorizer('issuer', this.pool.userPoolProviderUrl, {
        jwtAudience: [this.client.userPoolClientId],
      }),
      authorizationScopes: ['https://api.partners.example.com/write'],
    });
    http.addRoutes({
      path: '/lambda', methods: [apigatewayv2.HttpMethod.POST], integration: items,
      authorizer: new authorizers.HttpLambdaAuthorizer('function', handler, {
        responseTypes: [authorizers.HttpLambdaResponseType.SIMPLE],
      }),
    });
    const sockets = new apigatewayv2.WebSocketApi(this, 'Sockets', {
      connectRouteOptions: {
        integration: new integrations.WebSocketLambdaIntegration('Connect', handler),
        authorizer: new authorizers.WebSocketLambdaAuthorizer('connect', handler),
      },
    });
    sockets.addRoute('send', {
      integration: new integrations.WebSocketLambdaIntegration('Send', handler),
    });
    new apigatewayv2.WebSocketApi(this, 'SignedSockets', {
      connectRouteOptions: {
        integration: new integrations.WebSocketLambdaIntegration('SignedConnect', handler),
        authorizer: new authorizers.WebSocketIamAuthorizer(),
      },
    });
  }
}

/** The rest of the constructs, as an application of its own. */
export function synthesisePartners(outdir) {
  const app = new cdk.App({ outdir, analyticsReporting: false });
  new Partners(app, 'Partners');
  return app.synth().directory;
}

export function synthesise(outdir) {
  const app = new cdk.App({ outdir, analyticsReporting: false });
  const directory = new Directory(app, 'Directory');
  new Shop(app, 'Shop', { directory });
  return app.synth().directory;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  synthesise(process.argv[2]);
  synthesisePartners(process.argv[3]);
}
