// @ts-check
// A handler for both kinds of API Gateway's payload, typed by @types/aws-lambda: the compiler
// checks this file as it is, and Node runs it.

/** @import * as lambda from "aws-lambda" */

/**
 * @param {lambda.APIGatewayProxyEventV2WithRequestContext<any>} event
 * @returns {event is lambda.APIGatewayProxyEventV2WithJWTAuthorizer}
 */
function isVersion2(event) {
  return event.version === "2.0";
}

/** @param {lambda.APIGatewayProxyEventV2WithJWTAuthorizer} event */
function version2(event) {
  const { claims, scopes } = event.requestContext.authorizer.jwt;
  return {
    method: event.requestContext.http.method,
    id: event.pathParameters?.id,
    query: event.rawQueryString,
    sub: claims.sub,
    // Arrays are texts in brackets here.
    groups: String(claims["cognito:groups"]).slice(1, -1).split(" "),
    verified: claims.email_verified,
    scopes: scopes ?? null,
  };
}

/** @param {lambda.APIGatewayProxyEvent} event */
function version1(event) {
  const { authorizer, identity } = event.requestContext;
  return {
    method: event.httpMethod,
    id: event.pathParameters?.id,
    query: event.multiValueQueryStringParameters?.q?.join(",") ?? null,
    sub: authorizer?.claims?.sub,
    groups: authorizer?.claims?.["cognito:groups"]?.split(","),
    verified: authorizer?.claims?.email_verified,
    identityId: identity.cognitoIdentityId,
    provider: identity.cognitoAuthenticationProvider,
  };
}

/**
 * @param {any} event
 * @returns {Promise<lambda.APIGatewayProxyResult>}
 */
export async function handler(event) {
  const seen = isVersion2(event) ? version2(event) : version1(event);
  return {
    statusCode: 200,
    headers: { "content-type": "application/json", "access-control-allow-origin": "*" },
    body: JSON.stringify({ ...seen, event }),
  };
}
