"""A handler that has AWS Lambda Powertools' models parse the events of API Gateway, in both
versions of the payload, and answers with what they read."""

import json

from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayProxyEventModel,
    APIGatewayProxyEventV2Model,
)


def handler(event, _context):
    if event.get("version") == "2.0":
        parsed = APIGatewayProxyEventV2Model.model_validate(event)
        jwt = parsed.requestContext.authorizer.jwt
        seen = {
            "method": parsed.requestContext.http.method,
            "path": parsed.rawPath,
            "claims": jwt.claims,
            "scopes": jwt.scopes,
        }
    else:
        parsed = APIGatewayProxyEventModel.model_validate(event)
        seen = {
            "method": parsed.httpMethod,
            "path": parsed.path,
            "claims": parsed.requestContext.authorizer.claims,
        }
    seen["parameters"] = parsed.pathParameters
    return {"statusCode": 200, "body": json.dumps({"seen": seen, "event": event})}
