"""Signing in with boto3: every flow of the foundation, and what each answers when it must not let
anybody in."""

import jwt
import pytest
import requests
from support import DEMO_CLIENT, DEMO_POOL, PASSWORD, Pool, Server, claims, header, secret_hash


def sign_in(idp, username, password=PASSWORD):
    return idp.initiate_auth(
        ClientId=DEMO_CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )


def verified(server, pool, token, **checks):
    """The claims of a token, after PyJWT has checked it against the keys and the issuer that
    discovery names."""
    discovery = server.discovery(pool)
    key = jwt.PyJWKClient(discovery["jwks_uri"]).get_signing_key_from_jwt(token)
    return jwt.decode(token, key.key, algorithms=["RS256"], issuer=discovery["issuer"], **checks)


def test_a_demo_user_signs_in_with_a_password(idp):
    answer = sign_in(idp, "alice")
    assert "ChallengeName" not in answer
    assert "Session" not in answer
    assert answer["ChallengeParameters"] == {}
    result = answer["AuthenticationResult"]
    assert result["TokenType"] == "Bearer"
    assert result["ExpiresIn"] == 3600
    assert len(result["RefreshToken"].split(".")) == 5


def test_the_tokens_verify_against_the_jwks(server, idp):
    result = sign_in(idp, "alice")["AuthenticationResult"]
    identity = verified(server, DEMO_POOL, result["IdToken"], audience=DEMO_CLIENT)
    access = verified(server, DEMO_POOL, result["AccessToken"])

    assert identity["token_use"] == "id"
    assert identity["cognito:username"] == "alice"
    assert identity["email"] == "alice@example.com"
    assert identity["email_verified"] is True
    assert identity["cognito:groups"] == ["admins", "users"]
    assert identity["cognito:preferred_role"].startswith("arn:aws:iam::")
    assert identity["exp"] == identity["iat"] + 3600

    assert access["token_use"] == "access"
    assert access["client_id"] == DEMO_CLIENT
    assert access["username"] == "alice"
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert access["cognito:groups"] == ["admins", "users"]
    for absent in ("aud", "email", "version", "cognito:roles"):
        assert absent not in access

    for shared in ("sub", "iss", "origin_jti", "event_id", "auth_time", "iat"):
        assert identity[shared] == access[shared], shared
    assert identity["jti"] != access["jti"]


def test_the_two_tokens_have_two_keys_and_bare_headers(server, idp):
    result = sign_in(idp, "bob")["AuthenticationResult"]
    kids = set()
    for token in (result["IdToken"], result["AccessToken"]):
        assert list(header(token)) == ["kid", "alg"]
        assert header(token)["alg"] == "RS256"
        kids.add(header(token)["kid"])
    keys = server.jwks(DEMO_POOL)["keys"]
    assert kids == {key["kid"] for key in keys}
    for key in keys:
        assert sorted(key) == ["alg", "e", "kid", "kty", "n", "use"]


def test_an_administrator_signs_a_user_in(idp):
    for flow in ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"):
        answer = idp.admin_initiate_auth(
            UserPoolId=DEMO_POOL,
            ClientId=DEMO_CLIENT,
            AuthFlow=flow,
            AuthParameters={"USERNAME": "bob", "PASSWORD": PASSWORD},
        )
        assert claims(answer["AuthenticationResult"]["IdToken"])["cognito:username"] == "bob"


def test_a_temporary_password_must_be_replaced(own_server):
    idp = own_server.client()
    challenge = sign_in(idp, "carol", "Temp0rary!")
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert challenge["ChallengeParameters"]["USER_ID_FOR_SRP"] == "carol"
    assert challenge["ChallengeParameters"]["requiredAttributes"] == "[]"
    assert "AuthenticationResult" not in challenge

    with pytest.raises(idp.exceptions.InvalidPasswordException) as refused:
        answer_new_password(idp, challenge["Session"], "weakpassword")
    assert refused.value.response["Error"]["Message"] == (
        "Password did not conform with policy: Password must have uppercase characters"
    )

    done = answer_new_password(idp, challenge["Session"], "N3w-Passw0rd")
    assert done["AuthenticationResult"]["AccessToken"]
    user = idp.admin_get_user(UserPoolId=DEMO_POOL, Username="carol")
    assert user["UserStatus"] == "CONFIRMED"
    assert "AuthenticationResult" in sign_in(idp, "carol", "N3w-Passw0rd")
    with pytest.raises(idp.exceptions.NotAuthorizedException):
        sign_in(idp, "carol", "Temp0rary!")


def answer_new_password(idp, session, password, **more):
    return idp.respond_to_auth_challenge(
        ClientId=DEMO_CLIENT,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=session,
        ChallengeResponses={"USERNAME": "carol", "NEW_PASSWORD": password, **more},
    )


def test_an_administrator_answers_the_challenge_too(pool):
    pool.idp.admin_create_user(
        UserPoolId=pool.id,
        Username="dave",
        TemporaryPassword="Temp0rary!",
        MessageAction="SUPPRESS",
    )
    challenge = pool.idp.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=pool.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "dave", "PASSWORD": "Temp0rary!"},
    )
    done = pool.idp.admin_respond_to_auth_challenge(
        UserPoolId=pool.id,
        ClientId=pool.client,
        ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        # The same password again: AWS keeps no history unless it is asked to.
        ChallengeResponses={
            "USERNAME": "dave",
            "NEW_PASSWORD": "Temp0rary!",
            "userAttributes.given_name": "Dave",
        },
    )
    assert claims(done["AuthenticationResult"]["IdToken"])["given_name"] == "Dave"


def test_required_attributes_are_asked_for_with_the_new_password(server):
    pool = Pool(server, Schema=[{"Name": "given_name", "Required": True}])
    pool.idp.admin_create_user(
        UserPoolId=pool.id, Username="eve", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS"
    )
    challenge = pool.sign_in("eve", "Temp0rary!")
    assert challenge["ChallengeParameters"]["requiredAttributes"] == '["userAttributes.given_name"]'
    with pytest.raises(pool.idp.exceptions.InvalidParameterException) as refused:
        pool.idp.respond_to_auth_challenge(
            ClientId=pool.client,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": "eve", "NEW_PASSWORD": PASSWORD},
        )
    assert "Invalid attributes given, given_name is missing" in str(refused.value)


def test_a_client_with_a_secret_needs_its_hash(pool):
    pool.add_user("frank")
    confidential = pool.add_client("server", GenerateSecret=True)
    client, secret = confidential["ClientId"], confidential["ClientSecret"]
    good = secret_hash(secret, "frank", client)
    result = pool.tokens("frank", client=client, SECRET_HASH=good)

    def refused(**parameters):
        with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as error:
            pool.sign_in("frank", client=client, **parameters)
        return error.value.response["Error"]["Message"]

    assert refused() == (
        f"Client {client} is configured with secret but SECRET_HASH was not received"
    )
    assert refused(SECRET_HASH=secret_hash("other", "frank", client)) == (
        f"Unable to verify secret hash for client {client}"
    )

    # The hash of a refresh is made with the user's own name.
    refreshed = pool.idp.initiate_auth(
        ClientId=client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": result["RefreshToken"], "SECRET_HASH": good},
    )
    assert "RefreshToken" not in refreshed["AuthenticationResult"]
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as error:
        pool.idp.initiate_auth(
            ClientId=client,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={
                "REFRESH_TOKEN": result["RefreshToken"],
                "SECRET_HASH": secret_hash(secret, "somebody", client),
            },
        )
    assert error.value.response["Error"]["Message"] == (
        f"SecretHash does not match for the client: {client}"
    )


def test_a_second_secret_works_beside_the_first(pool):
    pool.add_user("grace")
    confidential = pool.add_client("server", GenerateSecret=True)
    client = confidential["ClientId"]
    added = pool.idp.add_user_pool_client_secret(UserPoolId=pool.id, ClientId=client)
    second = added["ClientSecretDescriptor"]
    for secret in (confidential["ClientSecret"], second["ClientSecretValue"]):
        assert pool.tokens("grace", client=client, SECRET_HASH=secret_hash(secret, "grace", client))

    listed = pool.idp.list_user_pool_client_secrets(UserPoolId=pool.id, ClientId=client)
    assert len(listed["ClientSecrets"]) == 2
    pool.idp.delete_user_pool_client_secret(
        UserPoolId=pool.id, ClientId=client, ClientSecretId=second["ClientSecretId"]
    )
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException):
        pool.sign_in(
            "grace",
            client=client,
            SECRET_HASH=secret_hash(second["ClientSecretValue"], "grace", client),
        )


@pytest.mark.parametrize(
    ("setting", "code", "message"),
    [
        ("LEGACY", "UserNotFoundException", "User does not exist."),
        ("ENABLED", "NotAuthorizedException", "Incorrect username or password."),
    ],
)
def test_an_unknown_user_shows_only_where_the_client_allows_it(pool, setting, code, message):
    client = pool.add_client(PreventUserExistenceErrors=setting)["ClientId"]
    with pytest.raises(getattr(pool.idp.exceptions, code)) as refused:
        pool.sign_in("nobody", client=client)
    assert refused.value.response["Error"]["Message"] == message


def test_a_wrong_password_is_refused(pool):
    pool.add_user("heidi")
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as refused:
        pool.sign_in("heidi", "Wr0ng-Password")
    assert refused.value.response["Error"]["Message"] == "Incorrect username or password."


def test_an_alias_signs_in_and_the_token_names_the_user(server):
    pool = Pool(server, AliasAttributes=["email"])
    pool.add_user("ivan", email="ivan@example.com", email_verified="true")
    result = pool.tokens("ivan@example.com")
    assert claims(result["AccessToken"])["username"] == "ivan"


def test_where_the_email_is_the_name_the_username_is_the_sub(server):
    pool = Pool(server, UsernameAttributes=["email"])
    pool.add_user("judy@example.com", email="judy@example.com", email_verified="true")
    result = pool.tokens("judy@example.com")
    identity, access = claims(result["IdToken"]), claims(result["AccessToken"])
    assert identity["email"] == "judy@example.com"
    assert identity["cognito:username"] == identity["sub"] == access["username"] == access["sub"]


def test_the_issuer_of_aws_can_be_chosen():
    with Server("--ephemeral", "--demo", "--issuer", "aws") as server:
        result = sign_in(server.client(), "alice")["AuthenticationResult"]
        issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{DEMO_POOL}"
        assert claims(result["IdToken"])["iss"] == issuer
        assert server.discovery(DEMO_POOL)["issuer"] == issuer


def test_unknown_pools_have_no_documents(server):
    for document in ("jwks.json", "openid-configuration"):
        answer = requests.get(f"{server.url}/us-east-1_Nowhere00/.well-known/{document}", timeout=5)
        assert answer.status_code == 404
