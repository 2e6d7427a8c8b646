"""What happens to tokens after sign-in: refresh, rotation, revocation, sign-out, and tokens for
machines."""

import jwt
import pytest
import requests
from support import (
    DEMO_CLIENT,
    DEMO_POOL,
    MACHINE_CLIENT,
    PASSWORD,
    WEB_CLIENT,
    Pool,
    claims,
    secret_hash,
)


def message(error):
    return error.value.response["Error"]["Message"]


def refresh(pool, token, client=None):
    return pool.idp.initiate_auth(
        ClientId=client or pool.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": token},
    )["AuthenticationResult"]


@pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
def test_refresh_gives_new_tokens_of_the_same_sign_in(pool, flow):
    pool.add_user("alice")
    first = pool.tokens("alice")
    again = pool.idp.initiate_auth(
        ClientId=pool.client, AuthFlow=flow, AuthParameters={"REFRESH_TOKEN": first["RefreshToken"]}
    )["AuthenticationResult"]
    assert "RefreshToken" not in again
    for kind in ("IdToken", "AccessToken"):
        before, after = claims(first[kind]), claims(again[kind])
        for same in ("sub", "iss", "origin_jti", "auth_time", "token_use"):
            assert before[same] == after[same], same
        assert before["jti"] != after["jti"]


def test_an_administrator_refreshes_too(pool):
    pool.add_user("alice")
    first = pool.tokens("alice")
    again = pool.idp.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=pool.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": first["RefreshToken"]},
    )["AuthenticationResult"]
    assert claims(again["AccessToken"])["username"] == "alice"


def test_refresh_shows_what_has_changed_since(pool):
    pool.add_user("alice", given_name="Alice")
    first = pool.tokens("alice")
    pool.idp.create_group(UserPoolId=pool.id, GroupName="late")
    pool.idp.admin_add_user_to_group(UserPoolId=pool.id, Username="alice", GroupName="late")
    pool.idp.admin_update_user_attributes(
        UserPoolId=pool.id,
        Username="alice",
        UserAttributes=[{"Name": "given_name", "Value": "Alicia"}],
    )
    again = claims(refresh(pool, first["RefreshToken"])["IdToken"])
    assert again["cognito:groups"] == ["late"]
    assert again["given_name"] == "Alicia"


def test_get_tokens_from_refresh_token_without_rotation(pool):
    pool.add_user("alice")
    first = pool.tokens("alice")
    again = pool.idp.get_tokens_from_refresh_token(
        ClientId=pool.client, RefreshToken=first["RefreshToken"]
    )["AuthenticationResult"]
    assert claims(again["AccessToken"])["origin_jti"] == claims(first["AccessToken"])["origin_jti"]
    assert "RefreshToken" not in again


def rotating_client(pool, grace):
    return pool.add_client(
        "rotating",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": grace},
    )["ClientId"]


def test_rotation_replaces_the_refresh_token(own_server):
    pool = Pool(own_server)
    pool.add_user("alice")
    client = rotating_client(pool, grace=10)
    first = pool.tokens("alice", client=client)["RefreshToken"]

    def rotate(token):
        return pool.idp.get_tokens_from_refresh_token(ClientId=client, RefreshToken=token)[
            "AuthenticationResult"
        ]["RefreshToken"]

    second = rotate(first)
    assert second != first
    # An answer that got lost may be asked for again, within the grace period.
    assert rotate(first) != first
    own_server.advance_clock("11s")
    with pytest.raises(pool.idp.exceptions.RefreshTokenReuseException):
        rotate(first)
    assert rotate(second)


def test_a_rotating_client_refuses_the_older_refresh_flow(pool):
    pool.add_user("alice")
    client = rotating_client(pool, grace=0)
    token = pool.tokens("alice", client=client)["RefreshToken"]
    with pytest.raises(pool.idp.exceptions.ClientError):
        refresh(pool, token, client)


def test_get_tokens_takes_the_raw_secret(pool):
    pool.add_user("alice")
    confidential = pool.add_client("server", GenerateSecret=True)
    client, secret = confidential["ClientId"], confidential["ClientSecret"]
    first = pool.tokens("alice", client=client, SECRET_HASH=secret_hash(secret, "alice", client))
    assert pool.idp.get_tokens_from_refresh_token(
        ClientId=client, ClientSecret=secret, RefreshToken=first["RefreshToken"]
    )
    for wrong in ({}, {"ClientSecret": "x" * 51}):
        with pytest.raises(pool.idp.exceptions.NotAuthorizedException):
            pool.idp.get_tokens_from_refresh_token(
                ClientId=client, RefreshToken=first["RefreshToken"], **wrong
            )


def test_revoking_a_refresh_token_ends_its_family_and_no_other(pool):
    pool.add_user("alice")
    ended, other = pool.tokens("alice"), pool.tokens("alice")
    pool.idp.revoke_token(Token=ended["RefreshToken"], ClientId=pool.client)

    with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as refused:
        refresh(pool, ended["RefreshToken"])
    assert message(refused) == "Refresh Token has been revoked"
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as refused:
        pool.idp.get_user(AccessToken=ended["AccessToken"])
    assert message(refused) == "Access Token has been revoked"

    assert pool.idp.get_user(AccessToken=other["AccessToken"])["Username"] == "alice"
    assert refresh(pool, other["RefreshToken"])
    # Again is no error.
    pool.idp.revoke_token(Token=ended["RefreshToken"], ClientId=pool.client)


def test_only_refresh_tokens_can_be_revoked(pool):
    pool.add_user("alice")
    tokens = pool.tokens("alice")
    for kind in ("AccessToken", "IdToken"):
        with pytest.raises(pool.idp.exceptions.UnsupportedTokenTypeException):
            pool.idp.revoke_token(Token=tokens[kind], ClientId=pool.client)
    assert pool.idp.get_user(AccessToken=tokens["AccessToken"])


def test_a_client_without_revocation_refuses_it(pool):
    pool.add_user("alice")
    client = pool.add_client(EnableTokenRevocation=False)["ClientId"]
    tokens = pool.tokens("alice", client=client)
    assert "origin_jti" not in claims(tokens["AccessToken"])
    with pytest.raises(pool.idp.exceptions.UnsupportedOperationException):
        pool.idp.revoke_token(Token=tokens["RefreshToken"], ClientId=client)


def test_signing_out_everywhere_ends_every_token(pool):
    pool.add_user("alice")
    here, there = pool.tokens("alice"), pool.tokens("alice")
    pool.idp.global_sign_out(AccessToken=here["AccessToken"])
    for tokens in (here, there):
        with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as refused:
            pool.idp.get_user(AccessToken=tokens["AccessToken"])
        assert message(refused) == "Access Token has been revoked"
        with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as refused:
            refresh(pool, tokens["RefreshToken"])
        assert message(refused) == "Refresh Token has been revoked"
    assert pool.idp.get_user(AccessToken=pool.tokens("alice")["AccessToken"])


def test_an_administrator_signs_a_user_out(pool):
    pool.add_user("alice")
    tokens = pool.tokens("alice")
    pool.idp.admin_user_global_sign_out(UserPoolId=pool.id, Username="alice")
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException):
        pool.idp.get_user(AccessToken=tokens["AccessToken"])


def test_tokens_live_as_long_as_the_client_says(own_server):
    pool = Pool(own_server)
    pool.add_user("alice")
    client = pool.add_client(
        AccessTokenValidity=5,
        IdTokenValidity=10,
        RefreshTokenValidity=2,
        TokenValidityUnits={
            "AccessToken": "minutes",
            "IdToken": "minutes",
            "RefreshToken": "hours",
        },
    )["ClientId"]
    tokens = pool.tokens("alice", client=client)
    assert tokens["ExpiresIn"] == 300
    identity = claims(tokens["IdToken"])
    assert identity["exp"] - identity["iat"] == 600

    own_server.advance_clock("280s")
    assert pool.idp.get_user(AccessToken=tokens["AccessToken"])
    own_server.advance_clock("20s")
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as refused:
        pool.idp.get_user(AccessToken=tokens["AccessToken"])
    assert message(refused) == "Access Token has expired"
    own_server.advance_clock("2h")
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as refused:
        refresh(pool, tokens["RefreshToken"], client)
    assert message(refused) == "Refresh Token has expired"


def test_attributes_that_the_client_may_not_read_stay_out(pool):
    pool.add_user("alice", email="alice@example.com", given_name="Alice", family_name="Adams")
    client = pool.add_client(ReadAttributes=["given_name"])["ClientId"]
    tokens = pool.tokens("alice", client=client)
    identity = claims(tokens["IdToken"])
    assert identity["given_name"] == "Alice"
    assert "email" not in identity and "family_name" not in identity
    shown = pool.idp.get_user(AccessToken=tokens["AccessToken"])["UserAttributes"]
    assert {attribute["Name"] for attribute in shown} == {"sub", "given_name"}


# ---- machines: POST /oauth2/token ----


def machine(server):
    secret = server.client().describe_user_pool_client(
        UserPoolId=DEMO_POOL, ClientId=MACHINE_CLIENT
    )["UserPoolClient"]["ClientSecret"]
    return MACHINE_CLIENT, secret


def token(server, form, auth=None):
    return requests.post(f"{server.url}/oauth2/token", data=form, auth=auth, timeout=5)


def assert_refused(answer, error):
    assert (answer.status_code, answer.json()) == (400, {"error": error})


@pytest.mark.parametrize("way", ["basic", "post"])
def test_a_machine_signs_in(server, way):
    client, secret = machine(server)
    form = {"grant_type": "client_credentials", "scope": "https://api.example.com/read"}
    if way == "basic":
        answer = token(server, form, auth=(client, secret))
    else:
        answer = token(server, {**form, "client_id": client, "client_secret": secret})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert set(body) == {"access_token", "expires_in", "token_type"}
    assert body["token_type"] == "Bearer"

    discovery = server.discovery(DEMO_POOL)
    key = jwt.PyJWKClient(discovery["jwks_uri"]).get_signing_key_from_jwt(body["access_token"])
    access = jwt.decode(
        body["access_token"], key.key, algorithms=["RS256"], issuer=discovery["issuer"]
    )
    assert access["sub"] == access["client_id"] == client
    assert access["scope"] == "https://api.example.com/read"
    assert access["token_use"] == "access"
    assert access["version"] == 2
    assert access["exp"] - access["iat"] == body["expires_in"]
    assert "username" not in access


def test_without_a_scope_a_machine_gets_all_of_its_scopes(server):
    answer = token(server, {"grant_type": "client_credentials"}, auth=machine(server))
    granted = claims(answer.json()["access_token"])["scope"].split(" ")
    assert sorted(granted) == ["https://api.example.com/read", "https://api.example.com/write"]


def test_a_machine_is_refused(server):
    client, secret = machine(server)
    grant = {"grant_type": "client_credentials"}
    assert_refused(token(server, grant, auth=(client, "x" * 51)), "invalid_client")
    assert_refused(
        token(server, grant, auth=("nobody00000000000000000000", secret)), "invalid_client"
    )
    assert_refused(token(server, {**grant, "client_id": client}), "invalid_client")
    assert_refused(
        token(server, {**grant, "client_id": DEMO_CLIENT}, auth=(client, secret)), "invalid_client"
    )
    assert_refused(
        token(server, {**grant, "scope": "nowhere/read"}, auth=(client, secret)), "invalid_scope"
    )
    assert_refused(
        token(server, {"grant_type": "magic"}, auth=(client, secret)), "unsupported_grant_type"
    )
    assert_refused(token(server, {"scope": "x"}, auth=(client, secret)), "invalid_request")


def test_a_user_s_client_cannot_sign_in_as_a_machine(server):
    form = {"grant_type": "client_credentials", "client_id": DEMO_CLIENT}
    assert_refused(token(server, form), "invalid_scope")
    # Has OAuth, but not this flow.
    assert_refused(token(server, {**form, "client_id": WEB_CLIENT}), "invalid_grant")


def test_the_token_endpoint_takes_only_forms(server):
    client, secret = machine(server)
    as_json = requests.post(
        f"{server.url}/oauth2/token",
        json={"grant_type": "client_credentials"},
        auth=(client, secret),
        timeout=5,
    )
    assert_refused(as_json, "invalid_request")
    assert requests.get(f"{server.url}/oauth2/token", timeout=5).status_code == 405


def test_a_refresh_token_of_the_api_works_at_the_token_endpoint(server, idp):
    tokens = idp.initiate_auth(
        ClientId=DEMO_CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    answer = token(
        server,
        {
            "grant_type": "refresh_token",
            "client_id": DEMO_CLIENT,
            "refresh_token": tokens["RefreshToken"],
        },
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert "refresh_token" not in body
    before, after = claims(tokens["AccessToken"]), claims(body["access_token"])
    assert after["origin_jti"] == before["origin_jti"]
    assert after["scope"] == before["scope"]
    assert idp.get_user(AccessToken=body["access_token"])["Username"] == "alice"


def test_a_refresh_token_is_refused_at_the_token_endpoint(server, pool):
    pool.add_user("alice")
    tokens = pool.tokens("alice")
    other = pool.add_client("other")["ClientId"]
    grant = {"grant_type": "refresh_token", "client_id": pool.client}
    assert_refused(token(server, {**grant, "refresh_token": "rubbish"}), "invalid_grant")
    assert_refused(
        token(server, {**grant, "refresh_token": tokens["AccessToken"]}), "invalid_grant"
    )
    assert_refused(
        token(server, {**grant, "client_id": other, "refresh_token": tokens["RefreshToken"]}),
        "invalid_grant",
    )
    assert_refused(token(server, grant), "invalid_request")
    pool.idp.revoke_token(Token=tokens["RefreshToken"], ClientId=pool.client)
    assert_refused(
        token(server, {**grant, "refresh_token": tokens["RefreshToken"]}), "invalid_grant"
    )
