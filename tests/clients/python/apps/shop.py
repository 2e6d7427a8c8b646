"""An app of unmodified FastAPI behind a gateway: it believes what the gateway says of the caller,
and checks what a load balancer signs, by PyJWT."""

import base64
import json
import os

import jwt
import requests
from fastapi import FastAPI, Header, HTTPException, Request

KEYS = os.environ.get("KEYS", "")

app = FastAPI()


@app.api_route("/app/me", methods=["GET", "POST"])
async def me(
    request: Request,
    x_mocknito_sub: str | None = Header(None),
    x_mocknito_groups: str = Header(""),
    x_mocknito_claims: str | None = Header(None),
):
    claims = x_mocknito_claims and base64.urlsafe_b64decode(x_mocknito_claims + "==")
    return {
        "sub": x_mocknito_sub,
        "groups": x_mocknito_groups.split(","),
        "claims": claims and json.loads(claims),
        "method": request.method,
        "query": request.url.query,
        "size": len(await request.body()),
    }


@app.get("/app/signed-in")
def signed_in(x_amzn_oidc_data: str = Header(), x_amzn_oidc_identity: str = Header()):
    # As AWS's documentation says: the segments have padding, which a JWT has not.
    token = x_amzn_oidc_data.replace("=", "")
    key_id = jwt.get_unverified_header(token)["kid"]
    key = requests.get(f"{KEYS}/{key_id}", timeout=5).text
    # What is signed has the padding.
    signed, _, signature = x_amzn_oidc_data.rpartition(".")
    algorithm = jwt.get_algorithm_by_name("ES256")
    is_valid = algorithm.verify(
        signed.encode(), algorithm.prepare_key(key), base64.urlsafe_b64decode(signature)
    )
    if not is_valid:
        raise HTTPException(401)
    claims = json.loads(base64.urlsafe_b64decode(signed.split(".")[1]))
    return {"claims": claims, "identity": x_amzn_oidc_identity}
