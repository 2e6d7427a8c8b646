import pytest
from pytest_mocknito import MocknitoError, start_mocknito

CLIENT = "democlient0000000000000000"


@pytest.fixture(scope="session")
def mocknito_options():
    return {"demo": True, "seed": 1}


def test_the_server_is_this_sessions_own(mocknito):
    assert mocknito.env["AWS_ENDPOINT_URL"] == mocknito.url
    assert mocknito.pools()[0]["id"] == "us-east-1_Mocknito1"


def test_codes_come_out_of_the_inbox(mocknito, cognito_idp):
    cognito_idp.forgot_password(ClientId=CLIENT, Username="alice")
    assert len(mocknito.inbox.code("alice@example.com")) == 6
    with pytest.raises(MocknitoError, match="no message"):
        mocknito.inbox.code("nobody@example.com", wait="10ms")


def test_the_authenticators_code_is_text(mocknito, mocknito_pool, cognito_idp):
    pool = mocknito_pool["user_pool_id"]
    client = next(one for one in mocknito_pool["clients"] if one["copy_of"] == CLIENT)
    cognito_idp.set_user_pool_mfa_config(
        UserPoolId=pool,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    token = mocknito.tokens("bob", client_id=client["client_id"])["AccessToken"]
    cognito_idp.associate_software_token(AccessToken=token)
    code = mocknito.totp(pool, "bob")
    assert len(code) == 6 and code.isdecimal()
    with pytest.raises(MocknitoError, match="User does not exist"):
        mocknito.totp(pool, "nobody")


def test_time_moves(mocknito, cognito_idp):
    token = mocknito.tokens("alice", client_id=CLIENT)["AccessToken"]
    mocknito.clock.advance("2h")
    with pytest.raises(cognito_idp.exceptions.NotAuthorizedException):
        cognito_idp.get_user(AccessToken=token)
    mocknito.clock.reset()
    cognito_idp.get_user(AccessToken=token)


def test_a_copy_is_a_world_of_its_own(mocknito, mocknito_pool, cognito_idp):
    pool = mocknito_pool["user_pool_id"]
    cognito_idp.admin_delete_user(UserPoolId=pool, Username="alice")
    cognito_idp.admin_get_user(UserPoolId="us-east-1_Mocknito1", Username="alice")


def test_refusals_say_why(mocknito, cognito_idp):
    with pytest.raises(cognito_idp.exceptions.NotAuthorizedException):
        cognito_idp.initiate_auth(
            ClientId=CLIENT,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "alice", "PASSWORD": "not hers"},
        )
    refused = mocknito.requests(operation="InitiateAuth", outcome="refused")[0]
    assert refused["why"]
    assert "not hers" not in str(refused)


def test_what_is_wrong_with_a_start_is_what_the_server_says():
    with pytest.raises(MocknitoError, match="nowhere.yaml"):
        start_mocknito("/nowhere.yaml")
