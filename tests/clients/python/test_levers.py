"""What a test may do to the server: PyJWT refuses each defective token and follows a rotation,
pycognito signs in at the copy of a pool by SRP, and botocore's retries get through a throttled run
and past ordered faults."""

import concurrent.futures

import jwt
import pytest
import requests
from pycognito import AWSSRP
from support import DEMO_CLIENT, DEMO_POOL, MACHINE_CLIENT, PASSWORD, Server

REFUSED_AS = {
    "signature": jwt.InvalidSignatureError,
    "expired": jwt.ExpiredSignatureError,
    "not_yet_valid": jwt.ImmatureSignatureError,
    "issuer": jwt.InvalidIssuerError,
    "audience": jwt.InvalidAudienceError,
    "kid": jwt.PyJWKClientError,
    "alg_none": jwt.InvalidAlgorithmError,
    "alg_hs256": jwt.InvalidAlgorithmError,
    "other_pool": jwt.PyJWKClientError,
    "truncated": jwt.DecodeError,
}


def own(server, method, path, **body):
    url = f"{server.url}/_mocknito/{path}"
    answer = requests.request(method, url, json=body or None, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()


def mint(server, **more):
    return own(server, "POST", "tokens", client_id=DEMO_CLIENT, **more)


class Verifier:
    """PyJWT as its documentation shows it."""

    def __init__(self, server, pool=DEMO_POOL, client=DEMO_CLIENT):
        issuer = f"{server.url}/{pool}"
        discovery = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=20).json()
        self.issuer, self.client = discovery["issuer"], client
        # Asks again for a key that it does not know, without waiting for 30 seconds first.
        self.keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json", cooldown_duration=0)

    def verify(self, token):
        key = self.keys.get_signing_key_from_jwt(token).key
        return jwt.decode(
            token, key, algorithms=["RS256"], audience=self.client, issuer=self.issuer
        )


@pytest.mark.parametrize("defect", REFUSED_AS)
def test_pyjwt_refuses_a_token_for_its_defect(server, defect):
    verifier = Verifier(server)
    assert verifier.verify(mint(server, username="alice")["IdToken"])["token_use"] == "id"
    with pytest.raises(REFUSED_AS[defect]):
        verifier.verify(mint(server, username="alice", defect=defect)["IdToken"])


def test_a_wrong_use_is_the_applications_to_see(server):
    token = mint(server, username="alice", defect="token_use")["IdToken"]
    assert Verifier(server).verify(token)["token_use"] == "access"


def test_claims_and_expiry_of_the_tests_own_verify(server):
    own_claims = {"id": {"custom:plan": "gold"}}
    tokens = mint(server, username="alice", claims=own_claims, expires_in="2d")
    claims = Verifier(server).verify(tokens["IdToken"])
    assert claims["custom:plan"] == "gold"
    assert claims["exp"] - claims["iat"] == 2 * 86_400


def test_a_machine_gets_a_token_of_its_own(server):
    token = own(server, "POST", "tokens", client_id=MACHINE_CLIENT)["AccessToken"]
    key = Verifier(server).keys.get_signing_key_from_jwt(token).key
    claims = jwt.decode(token, key, algorithms=["RS256"])
    assert claims["sub"] == claims["client_id"] == MACHINE_CLIENT


def test_pyjwt_follows_a_rotation(own_server):
    verifier = Verifier(own_server)
    old = mint(own_server, username="alice")["IdToken"]
    verifier.verify(old)
    own(own_server, "POST", "keys", user_pool_id=DEMO_POOL, action="rotate")
    new = mint(own_server, username="alice")["IdToken"]
    # The key is not in the set that it keeps: it asks again.
    verifier.verify(new)
    verifier.verify(old)
    own(own_server, "POST", "keys", user_pool_id=DEMO_POOL, action="retire")
    fresh = Verifier(own_server)
    fresh.verify(new)
    with pytest.raises(jwt.PyJWKClientError):
        fresh.verify(old)


def test_a_key_set_that_is_kept_outlives_a_reset(own_server):
    verifier = Verifier(own_server)
    verifier.verify(mint(own_server, username="alice")["IdToken"])
    own(own_server, "POST", "reset")
    verifier.keys.fetch_data = None  # It must not need to ask.
    verifier.verify(mint(own_server, username="alice")["IdToken"])


def test_a_copy_that_comes_back_after_a_reset_has_the_keys_that_it_had(own_server):
    def key_ids():
        copy = own(own_server, "POST", f"pools/{DEMO_POOL}/copy", **{"as": "us-east-1_Worker001"})
        jwks = f"{own_server.url}/{copy['user_pool_id']}/.well-known/jwks.json"
        return [key["kid"] for key in requests.get(jwks, timeout=20).json()["keys"]]

    before = key_ids()
    own(own_server, "POST", "reset")
    assert key_ids() == before


def test_pycognito_signs_in_at_a_copy_by_srp(own_server):
    copy = own(own_server, "POST", f"pools/{DEMO_POOL}/copy")
    assert copy["sign_in_by_srp"]
    client = next(one for one in copy["clients"] if one["copy_of"] == DEMO_CLIENT)
    srp = AWSSRP(
        username="alice",
        password=PASSWORD,
        pool_id=copy["user_pool_id"],
        client_id=client["client_id"],
        client=own_server.client(),
    )
    tokens = srp.authenticate_user()["AuthenticationResult"]
    verifier = Verifier(own_server, copy["user_pool_id"], client["client_id"])
    assert verifier.verify(tokens["IdToken"])["cognito:username"] == "alice"
    wrong = AWSSRP(
        username="alice",
        password="Wr0ng-password",
        pool_id=copy["user_pool_id"],
        client_id=client["client_id"],
        client=own_server.client(),
    )
    with pytest.raises(own_server.client().exceptions.NotAuthorizedException):
        wrong.authenticate_user()


def describe(client):
    return client.describe_user_pool_client(UserPoolId=DEMO_POOL, ClientId=DEMO_CLIENT)


def test_adaptive_retries_get_through_a_throttled_run():
    with Server("--ephemeral", "--demo", "--throttle", "aws") as server:
        # Five per second of one operation and pool: while time stands still no more.
        own(server, "POST", "clock", frozen=True)
        hasty = server.client(retries={"mode": "standard", "max_attempts": 1})
        refused = 0
        for _ in range(12):
            try:
                describe(hasty)
            except hasty.exceptions.TooManyRequestsException:
                refused += 1
        assert refused == 7
        own(server, "POST", "clock", frozen=False)
        patient = server.client(retries={"mode": "adaptive", "max_attempts": 12})
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: describe(patient), range(20)))
        assert len(done) == 20


def test_retries_get_past_an_ordered_fault(own_server):
    own(own_server, "POST", "faults", operation="AdminGetUser", status=503, times=2)
    client = own_server.client(retries={"mode": "standard", "max_attempts": 4})
    user = client.admin_get_user(UserPoolId=DEMO_POOL, Username="alice")
    assert user["Username"] == "alice"
    listed = own(own_server, "GET", "faults")["faults"]
    assert [fault["struck"] for fault in listed] == [2]
