"""boto3: a client's secret that AWS Secrets Manager keeps, read there, rotated and taken back."""

import json

import pytest
import requests
from support import Pool, Server, secret_hash


def secrets_manager(server):
    return server.client(service="secretsmanager")


def read(secrets, arn, **which):
    answer = secrets.get_secret_value(SecretId=arn, **which)
    return json.loads(answer["SecretString"])["clientSecretValue"]


def token(server, client, secret):
    """The token endpoint's answer to a client that proves itself by this secret."""
    answer = requests.post(
        f"{server.url}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(client, secret),
        timeout=10,
    )
    return answer.json().get("error")


def test_a_secret_is_read_in_secrets_manager_and_rotates(own_server):
    pool, secrets = Pool(own_server), secrets_manager(own_server)
    idp = pool.idp
    made = pool.add_client(
        "server", GenerateSecret=True, PublishSecretsInAWSSecretsManager=True
    )
    assert "ClientSecret" not in made
    arn, client = made["ClientSecretArn"], made["ClientId"]

    value = secrets.get_secret_value(SecretId=arn)
    assert json.loads(value["SecretString"]).keys() == {
        "userPoolId",
        "userPoolClientId",
        "clientSecretValue",
    }
    assert value["VersionStages"] == ["AWSCURRENT"]
    secret = read(secrets, arn)
    pool.add_user("ada")
    signed_in = pool.sign_in(
        "ada", client=client, SECRET_HASH=secret_hash(secret, "ada", client)
    )
    assert signed_in["AuthenticationResult"]["AccessToken"]

    described = secrets.describe_secret(SecretId=value["Name"])
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 7}
    assert (described["NextRotationDate"] - described["LastRotatedDate"]).days == 7
    assert sorted(sum(described["VersionIdsToStages"].values(), [])) == [
        "AWSCURRENT",
        "AWSPREVIOUS",
    ]

    own_server.advance_clock("7d")
    rotated = read(secrets, arn)
    assert rotated != secret
    assert read(secrets, arn, VersionStage="AWSPREVIOUS") == secret
    for good in (secret, rotated):
        assert token(own_server, client, good) != "invalid_client"
    own_server.advance_clock("7d")
    assert token(own_server, client, secret) == "invalid_client"

    back = idp.update_user_pool_client(
        UserPoolId=pool.id, ClientId=client, PublishSecretsInAWSSecretsManager=False
    )["UserPoolClient"]
    assert "ClientSecretArn" not in back
    assert token(own_server, client, back["ClientSecret"]) != "invalid_client"
    with pytest.raises(secrets.exceptions.ResourceNotFoundException) as gone:
        read(secrets, arn)
    expected = "Secrets Manager can't find the specified secret."
    assert gone.value.response["Error"]["Message"] == expected
    printed = own_server.printed()
    assert secret not in printed and rotated not in printed


def test_a_secret_of_a_fixture_can_be_there_from_the_start(tmp_path):
    fixture = tmp_path / "pools.json"
    fixture.write_text(
        json.dumps(
            {
                "UserPools": [
                    {
                        "UserPoolId": "us-east-1_Fixture01",
                        "PoolName": "fixture",
                        "Clients": [
                            {
                                "ClientId": "server",
                                "ClientName": "server",
                                "GenerateSecret": True,
                                "PublishSecretsInAWSSecretsManager": True,
                            }
                        ],
                    }
                ]
            }
        )
    )
    with Server("--ephemeral", "--fixtures", fixture) as server:
        described = server.client().describe_user_pool_client(
            UserPoolId="us-east-1_Fixture01", ClientId="server"
        )["UserPoolClient"]
        assert "ClientSecret" not in described
        assert read(secrets_manager(server), described["ClientSecretArn"])
