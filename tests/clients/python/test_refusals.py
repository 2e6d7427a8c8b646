"""What must be refused, mostly over raw HTTP because the SDKs would not send it. Each refusal also
leaves everything as it was."""

import hashlib
import hmac
import json
import re

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from support import (
    DEMO_CLIENT,
    DEMO_POOL,
    PASSWORD,
    REPOSITORY,
    Pool,
    base64url,
    claims,
    header,
    refusal,
    secret_hash,
)

NOT_AUTHORIZED = "NotAuthorizedException"
INVALID_PARAMETER = "InvalidParameterException"

OPERATIONS = (REPOSITORY / "docs/operations.md").read_text()


def initiate(server, client, flow="USER_PASSWORD_AUTH", **parameters):
    return server.raw(
        "InitiateAuth", {"AuthFlow": flow, "ClientId": client, "AuthParameters": parameters}
    )


def answer_challenge(server, client, session, username, password="N3w-Passw0rd", **more):
    return server.raw(
        "RespondToAuthChallenge",
        {
            "ClientId": client,
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": session,
            "ChallengeResponses": {"USERNAME": username, "NEW_PASSWORD": password, **more},
        },
    )


def invite(pool, name):
    pool.idp.admin_create_user(
        UserPoolId=pool.id, Username=name, TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS"
    )
    return pool.sign_in(name, "Temp0rary!")["Session"]


# ---- sessions ----


def test_a_forged_session(server, pool):
    session = invite(pool, "alice")
    middle = len(session) // 2
    altered = session[:middle] + ("A" if session[middle] != "A" else "B") + session[middle + 1 :]
    for forged in ("x" * 100, altered, session[:-4], session + "AAAA", session[::-1]):
        assert refusal(answer_challenge(server, pool.client, forged, "alice")) == (
            NOT_AUTHORIZED,
            "Invalid session for the user.",
        )
    # None of these tries has spent the real one.
    assert answer_challenge(server, pool.client, session, "alice").ok


def test_a_missing_session(server, pool):
    invite(pool, "alice")
    answer = server.raw(
        "RespondToAuthChallenge",
        {
            "ClientId": pool.client,
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "ChallengeResponses": {"USERNAME": "alice", "NEW_PASSWORD": PASSWORD},
        },
    )
    assert refusal(answer) == (INVALID_PARAMETER, "Missing required parameter Session")


def test_a_replayed_session(server, pool):
    session = invite(pool, "alice")
    assert answer_challenge(server, pool.client, session, "alice").ok
    assert refusal(answer_challenge(server, pool.client, session, "alice", "An0ther-One")) == (
        NOT_AUTHORIZED,
        "Invalid session for the user, session can only be used once.",
    )
    assert pool.sign_in("alice", "N3w-Passw0rd")["AuthenticationResult"]


def test_an_expired_session(own_server):
    pool = Pool(own_server)
    session = invite(pool, "alice")
    own_server.advance_clock("181s")
    assert refusal(answer_challenge(own_server, pool.client, session, "alice")) == (
        NOT_AUTHORIZED,
        "Invalid session for the user, session is expired.",
    )


def test_a_session_of_another_user_client_or_pool(server, pool):
    session = invite(pool, "alice")
    invite(pool, "bob")
    other_client = pool.add_client("other")["ClientId"]
    other_pool = Pool(server)
    invite(other_pool, "alice")
    for client, username in (
        (pool.client, "bob"),
        (other_client, "alice"),
        (other_pool.client, "alice"),
    ):
        code, _ = refusal(answer_challenge(server, client, session, username))
        assert code == NOT_AUTHORIZED
    assert answer_challenge(server, pool.client, session, "alice").ok


def test_a_session_of_another_challenge(server, pool):
    session = invite(pool, "alice")
    answer = server.raw(
        "RespondToAuthChallenge",
        {
            "ClientId": pool.client,
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": session,
            "ChallengeResponses": {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": "123456"},
        },
    )
    assert answer.status_code == 400 and "AuthenticationResult" not in answer.text
    user = pool.idp.admin_get_user(UserPoolId=pool.id, Username="alice")
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"


# ---- tokens ----


def get_user(server, token):
    return server.raw("GetUser", {"AccessToken": token})


def resigned(token, sign, **changes):
    """The token with some claims changed, signed by `sign(signing input)`."""
    payload = base64url(json.dumps({**claims(token), **changes}).encode())
    signing_input = f"{token.split('.')[0]}.{payload}"
    return f"{signing_input}.{base64url(sign(signing_input.encode()))}"


def test_altered_and_forged_access_tokens(server, pool):
    pool.add_user("alice")
    pool.add_user("mallory")
    real = pool.tokens("mallory")["AccessToken"]
    head, payload, signature = real.split(".")
    alice = pool.idp.admin_get_user(UserPoolId=pool.id, Username="alice")
    sub = next(a["Value"] for a in alice["UserAttributes"] if a["Name"] == "sub")
    as_alice = {"sub": sub, "username": "alice"}

    def unsigned(alg, **more):
        top = base64url(json.dumps({"kid": header(real)["kid"], "alg": alg, **more}).encode())
        return f"{top}.{base64url(json.dumps({**claims(real), **as_alice}).encode())}"

    own_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    modulus = server.jwks(pool.id)["keys"][0]["n"].encode()
    hmac_input = unsigned("HS256")
    forged = {
        "payload altered": resigned(real, lambda _: b"x" * 256, **as_alice),
        "payload altered, signature kept": f"{head}.{unsigned('RS256').split('.')[1]}.{signature}",
        "alg none": unsigned("none") + ".",
        "alg None": unsigned("None") + ".",
        "alg none, signature kept": unsigned("none") + "." + signature,
        "HS256 with the public key": hmac_input
        + "."
        + base64url(hmac.new(modulus, hmac_input.encode(), hashlib.sha256).digest()),
        "another key": jwt.encode(
            {**claims(real), **as_alice},
            own_key,
            algorithm="RS256",
            headers={"kid": header(real)["kid"]},
        ),
        "another key and kid": jwt.encode(
            {**claims(real), **as_alice}, own_key, algorithm="RS256", headers={"kid": "mine"}
        ),
        "signature cut": f"{head}.{payload}.{signature[:-8]}",
        "signature missing": f"{head}.{payload}.",
        "two parts": f"{head}.{payload}",
        "garbage": "garbage",
        "dots": "..",
    }
    for what, token in forged.items():
        code, text = refusal(get_user(server, token))
        assert code == NOT_AUTHORIZED, what
        assert text in ("Invalid Access Token", "Could not verify signature for Access Token"), what
    assert get_user(server, real).ok


def test_other_tokens_in_the_place_of_an_access_token(server, pool):
    pool.add_user("alice")
    tokens = pool.tokens("alice")
    for kind in ("IdToken", "RefreshToken"):
        assert refusal(get_user(server, tokens[kind])) == (NOT_AUTHORIZED, "Invalid Access Token")


def test_a_token_of_another_pool_does_not_open_this_one(server, pool):
    pool.add_user("alice")
    other = Pool(server)
    other.add_user("alice")
    token = other.tokens("alice")["AccessToken"]
    # Re-addressed to this pool: the key that signed it is not this pool's.
    issuer = server.discovery(pool.id)["issuer"]
    moved = resigned(token, lambda _: b"x" * 256, iss=issuer, client_id=pool.client)
    assert refusal(get_user(server, moved))[0] == NOT_AUTHORIZED
    server.raw("DeleteUserPool", {"UserPoolId": other.id})
    assert get_user(server, token).status_code == 400


def test_a_machine_s_token_is_no_user_s(server):
    secret = server.client().describe_user_pool_client(
        UserPoolId=DEMO_POOL, ClientId="machineclient0000000000000"
    )["UserPoolClient"]["ClientSecret"]
    token = requests.post(
        f"{server.url}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=("machineclient0000000000000", secret),
        timeout=5,
    ).json()["access_token"]
    assert refusal(get_user(server, token)) == (
        NOT_AUTHORIZED,
        "Access Token does not have required scopes",
    )


def test_tokens_of_deleted_and_disabled_users(server, pool):
    for name in ("gone", "disabled"):
        pool.add_user(name)
    gone, disabled = pool.tokens("gone"), pool.tokens("disabled")
    pool.idp.admin_delete_user(UserPoolId=pool.id, Username="gone")
    pool.idp.admin_disable_user(UserPoolId=pool.id, Username="disabled")
    assert refusal(get_user(server, gone["AccessToken"])) == (
        "UserNotFoundException",
        "User does not exist.",
    )
    assert refusal(get_user(server, disabled["AccessToken"]))[0] == NOT_AUTHORIZED
    for tokens in (gone, disabled):
        answer = initiate(
            server, pool.client, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"]
        )
        assert refusal(answer)[0] == NOT_AUTHORIZED


def test_a_user_made_again_under_the_old_name_is_another_user(server, pool):
    pool.add_user("alice")
    old = pool.tokens("alice")
    pool.idp.admin_delete_user(UserPoolId=pool.id, Username="alice")
    pool.add_user("alice")
    assert get_user(server, old["AccessToken"]).status_code == 400
    answer = initiate(server, pool.client, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=old["RefreshToken"])
    assert refusal(answer)[0] == NOT_AUTHORIZED


# ---- refresh tokens ----


def test_refresh_tokens_of_others_and_of_nobody(server, pool):
    pool.add_user("alice")
    tokens = pool.tokens("alice")
    other_client = pool.add_client("other")["ClientId"]
    other_pool = Pool(server)
    real = tokens["RefreshToken"]
    assert refusal(
        initiate(server, other_client, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=real)
    ) == (NOT_AUTHORIZED, "Refresh Token has different Client")
    assert refusal(
        initiate(server, other_pool.client, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=real)
    )[0] == NOT_AUTHORIZED
    parts = real.split(".")
    parts[3] = parts[3][::-1]
    for wrong in ("garbage", tokens["AccessToken"], ".".join(parts), real[:-6], real + "AAAA"):
        answer = initiate(server, pool.client, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=wrong)
        assert refusal(answer) == (NOT_AUTHORIZED, "Invalid Refresh Token")
        answer = server.raw(
            "GetTokensFromRefreshToken", {"ClientId": pool.client, "RefreshToken": wrong}
        )
        assert refusal(answer)[0] == NOT_AUTHORIZED
    code, _ = refusal(server.raw("RevokeToken", {"ClientId": other_client, "Token": real}))
    assert code == "UnauthorizedException"
    assert initiate(server, pool.client, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=real).ok


# ---- users ----


def test_a_disabled_user(server, pool):
    pool.add_user("alice")
    pool.idp.admin_disable_user(UserPoolId=pool.id, Username="alice")
    answer = initiate(server, pool.client, USERNAME="alice", PASSWORD=PASSWORD)
    assert refusal(answer) == (NOT_AUTHORIZED, "User is disabled.")


def test_an_expired_temporary_password(own_server):
    pool = Pool(own_server)
    invite(pool, "alice")
    own_server.advance_clock("8d")
    answer = initiate(own_server, pool.client, USERNAME="alice", PASSWORD="Temp0rary!")
    assert refusal(answer) == (
        NOT_AUTHORIZED,
        "Temporary password has expired and must be reset by an administrator.",
    )


def test_an_unconfirmed_user(server, pool):
    pool.idp.sign_up(ClientId=pool.client, Username="una", Password=PASSWORD)
    who = {"USERNAME": "una", "PASSWORD": PASSWORD}
    assert refusal(initiate(server, pool.client, **who)) == (
        "UserNotConfirmedException",
        "User is not confirmed.",
    )
    confirm = {"UserPoolId": pool.id, "Username": "una"}
    assert server.raw("AdminConfirmSignUp", confirm).ok
    assert initiate(server, pool.client, **who).ok
    assert refusal(server.raw("AdminConfirmSignUp", confirm)) == (
        NOT_AUTHORIZED,
        "User cannot be confirmed. Current status is CONFIRMED",
    )


# ---- clients and flows ----


def test_a_flow_that_the_client_does_not_enable(server, pool):
    pool.add_user("alice")
    only_srp = pool.add_client("srp", ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])["ClientId"]
    who = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    assert refusal(initiate(server, only_srp, **who)) == (
        INVALID_PARAMETER,
        "USER_PASSWORD_AUTH flow not enabled for this client",
    )
    admin = {
        "UserPoolId": pool.id,
        "ClientId": only_srp,
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": who,
    }
    assert refusal(server.raw("AdminInitiateAuth", admin)) == (
        INVALID_PARAMETER,
        "Auth flow not enabled for this client",
    )
    only_password = pool.add_client(
        "password", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["ClientId"]
    token = pool.tokens("alice", client=only_password)["RefreshToken"]
    answer = initiate(server, only_password, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)
    assert answer.status_code == 400


def test_a_flow_of_the_other_api(server, pool):
    who = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    for flow in ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"):
        code, text = refusal(initiate(server, pool.client, flow, **who))
        assert code == INVALID_PARAMETER
        assert text.startswith("Initiate Auth method not supported")
    answer = server.raw(
        "AdminInitiateAuth",
        {
            "UserPoolId": pool.id,
            "ClientId": pool.client,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": who,
        },
    )
    assert refusal(answer)[0] == INVALID_PARAMETER


def test_missing_parameters(server, pool):
    for parameters, missing in (
        ({"PASSWORD": PASSWORD}, "USERNAME"),
        ({"USERNAME": "alice"}, "PASSWORD"),
    ):
        assert refusal(initiate(server, pool.client, **parameters)) == (
            INVALID_PARAMETER,
            f"Missing required parameter {missing}",
        )
    assert refusal(initiate(server, pool.client, "REFRESH_TOKEN_AUTH")) == (
        INVALID_PARAMETER,
        "Missing required parameter REFRESH_TOKEN",
    )


def test_a_client_of_another_pool(server, pool):
    other = Pool(server)
    answer = server.raw(
        "AdminInitiateAuth",
        {
            "UserPoolId": pool.id,
            "ClientId": other.client,
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "alice", "PASSWORD": PASSWORD},
        },
    )
    assert refusal(answer) == (
        "ResourceNotFoundException",
        f"User pool client {other.client} does not exist.",
    )
    unknown = "unknownclient0000000000000"
    assert refusal(initiate(server, unknown, USERNAME="a", PASSWORD="b")) == (
        "ResourceNotFoundException",
        f"User pool client {unknown} does not exist.",
    )


def test_a_secret_hash_in_the_challenge_s_answer(server, pool):
    confidential = pool.add_client("server", GenerateSecret=True)
    client, secret = confidential["ClientId"], confidential["ClientSecret"]
    pool.idp.admin_create_user(
        UserPoolId=pool.id,
        Username="alice",
        TemporaryPassword="Temp0rary!",
        MessageAction="SUPPRESS",
    )
    good = secret_hash(secret, "alice", client)
    session = pool.sign_in("alice", "Temp0rary!", client=client, SECRET_HASH=good)["Session"]
    assert refusal(answer_challenge(server, client, session, "alice")) == (
        NOT_AUTHORIZED,
        f"Client {client} is configured with secret but SECRET_HASH was not received",
    )
    wrong = secret_hash(secret, "bob", client)
    assert refusal(answer_challenge(server, client, session, "alice", SECRET_HASH=wrong)) == (
        NOT_AUTHORIZED,
        f"Unable to verify secret hash for client {client}",
    )
    assert answer_challenge(server, client, session, "alice", SECRET_HASH=good).ok


# ---- input ----


def test_every_violation_is_reported_at_once_and_secrets_are_withheld(server):
    code, text = refusal(
        server.raw(
            "AdminCreateUser",
            {
                "UserPoolId": "not a pool",
                "TemporaryPassword": " begins with a blank",
                "MessageAction": "SHOUT",
            },
        )
    )
    assert code == INVALID_PARAMETER
    assert text.startswith("4 validation errors detected: ")
    assert "begins with" not in text
    for item in (
        "Value 'not a pool' at 'userPoolId' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+",
        "at 'username' failed to satisfy constraint: Member must not be null",
        "Value at 'temporaryPassword' failed to satisfy constraint: ",
        "Value 'SHOUT' at 'messageAction' failed to satisfy constraint: "
        "Member must satisfy enum value set: [",
    ):
        assert item in text, item


def test_unknown_attributes(server, pool):
    pool.add_user("alice")
    answer = server.raw(
        "AdminUpdateUserAttributes",
        {
            "UserPoolId": pool.id,
            "Username": "alice",
            "UserAttributes": [
                {"Name": "given_name", "Value": "Alice"},
                {"Name": "custom:nothing", "Value": "x"},
            ],
        },
    )
    code, text = refusal(answer)
    assert code == INVALID_PARAMETER
    assert "custom:nothing: Attribute does not exist in the schema.\n" in text
    user = pool.idp.admin_get_user(UserPoolId=pool.id, Username="alice")
    assert [attribute["Name"] for attribute in user["UserAttributes"]] == ["sub"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"{'ClientId': 1}",
        b'{"ClientId": "x"} trailing',
        b"\xff\xfe\x00",
        b'{"ClientId": "\xff"}',
        b'{"AuthParameters":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001,
    ],
    ids=["empty", "open", "list", "string", "null", "quotes", "trailing", "utf16", "latin", "deep"],
)
def test_malformed_json(server, body):
    answer = server.raw("InitiateAuth", body)
    assert answer.status_code == 400
    # AWS takes an empty body for an empty document.
    assert answer.json()["__type"] in ("SerializationException", INVALID_PARAMETER)


@pytest.mark.parametrize(
    "body",
    [
        {"UserPoolId": 7, "Username": "x"},
        {"UserPoolId": {"a": 1}, "Username": "x"},
        {"UserPoolId": DEMO_POOL, "Username": ["x"]},
        {"UserPoolId": DEMO_POOL, "Username": "x", "UserAttributes": {"Name": "email"}},
        {"UserPoolId": DEMO_POOL, "Username": "x", "UserAttributes": ["email"]},
        {"UserPoolId": DEMO_POOL, "Username": "x", "ForceAliasCreation": "yes"},
        {"UserPoolId": DEMO_POOL, "Username": "x", "ClientMetadata": {"a": [1]}},
    ],
)
def test_wrong_json_types(server, body):
    code, _ = refusal(server.raw("AdminCreateUser", body))
    assert code == "SerializationException"


def test_a_number_where_text_belongs_and_text_where_a_number_belongs(server):
    for limit in ("10", 1.5, True):
        code, _ = refusal(server.raw("ListUsers", {"UserPoolId": DEMO_POOL, "Limit": limit}))
        assert code == "SerializationException"


def test_a_body_of_10_mb(server):
    who = {"USERNAME": "alice", "PASSWORD": PASSWORD, "X": "x" * 10_000_000}
    body = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": DEMO_CLIENT, "AuthParameters": who}
    try:
        answer = server.raw("InitiateAuth", body)
    except requests.ConnectionError:
        pass
    else:
        assert answer.status_code in (400, 413), answer.status_code
    assert initiate(server, DEMO_CLIENT, USERNAME="alice", PASSWORD=PASSWORD).ok


def test_unknown_operations(server):
    answer = server.raw("MakeCoffee", {})
    assert answer.status_code == 400
    assert answer.json()["__type"] == "UnknownOperationException"
    answer = server.raw("InitiateAuth", {}, X_Amz_Target="Nonsense")
    assert answer.json()["__type"] == "UnknownOperationException"


def test_an_operation_that_is_not_there_yet_never_succeeds(server):
    """Every one that docs/operations.md calls so: it checks its input, and then names itself."""
    services = re.split(r"^## .*\(`cognito-(\w+)`\)$", OPERATIONS, flags=re.MULTILINE)[1:]
    targets = {"idp": "AWSCognitoIdentityProviderService", "identity": "AWSCognitoIdentityService"}
    for service, table in zip(services[::2], services[1::2]):
        for operation in re.findall(r"^\| (\w+) \| not yet \|", table, re.MULTILINE):
            code, text = refusal(
                server.raw(operation, {}, X_Amz_Target=f"{targets[service]}.{operation}")
            )
            if code == INVALID_PARAMETER:
                assert "validation error" in text, operation
            else:
                assert code == "UnsupportedOperationException", operation
                assert text.startswith(f"{operation} is not available"), operation
