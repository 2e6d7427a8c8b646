"""An app of FastAPI that fastapi-cognito guards: what it answers to each of two tokens."""

import json
import sys

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from fastapi_cognito import CognitoAuth, CognitoSettings, CognitoToken

pool, client, *tokens = sys.argv[1:]
settings = CognitoSettings(
    check_expiration=True,
    jwt_header_name="Authorization",
    jwt_header_prefix="Bearer",
    userpools={
        "ours": {"region": "us-east-1", "userpool_id": pool, "app_client_id": client},
    },
)
auth = CognitoAuth(settings=settings)
app = FastAPI()


@app.get("/me")
async def me(token: CognitoToken = Depends(auth.auth_required)):
    return token.username


answers = []
with TestClient(app) as test_client:
    for token in tokens:
        answer = test_client.get("/me", headers={"Authorization": f"Bearer {token}"})
        answers.append([answer.status_code, answer.json()])
print(json.dumps(answers))
