"""The envelope: what browsers, SDKs and proxies read before they read the answer."""

import requests
from support import DEMO_CLIENT, DEMO_POOL, PASSWORD


def test_a_browser_may_ask(server):
    asked = "content-type,x-amz-target,x-amz-user-agent,cache-control,amz-sdk-request"
    answer = requests.options(
        server.url + "/",
        headers={
            "Origin": "https://app.example.com",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        },
        timeout=5,
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert allowed == "*" or set(asked.split(",")) <= set(allowed.replace(" ", "").split(","))


def test_a_browser_may_read_answers_and_refusals(server):
    anybody, ours = "https://app.example.com", "http://localhost:3000"
    for operation, body, origin, status in (
        ("GetUser", {"AccessToken": "x"}, anybody, 400),
        ("DescribeUserPool", {"UserPoolId": DEMO_POOL}, ours, 200),
    ):
        answer = server.raw(operation, body, Origin=origin)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "*"
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert "x-amzn-requestid" in exposed and "x-amzn-errortype" in exposed


def test_a_foreign_page_may_not_administer(server):
    for origin in ("https://app.example.com", "null", "http://localhost@evil.example"):
        answer = server.raw("DescribeUserPool", {"UserPoolId": DEMO_POOL}, Origin=origin)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
        assert "--allow-origin" in answer.json()["message"]


def test_answers_look_like_the_service_s(server):
    answer = server.raw("DescribeUserPool", {"UserPoolId": DEMO_POOL})
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert len(answer.headers["x-amzn-requestid"]) == 36
    pool = answer.json()["UserPool"]
    assert isinstance(pool["CreationDate"], (int, float))
    assert None not in pool.values()


def test_operations_without_output_answer_with_nothing(server, pool):
    pool.add_user("alice")
    answer = server.raw("AdminDeleteUser", {"UserPoolId": pool.id, "Username": "alice"})
    assert (answer.status_code, answer.content) == (200, b"")
    answer = server.raw(
        "TagResource",
        {
            "ResourceArn": f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{pool.id}",
            "Tags": {"a": "b"},
        },
    )
    assert (answer.status_code, answer.content) == (200, b"{}")


def test_no_credentials_and_odd_credentials_are_fine(server):
    body = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": DEMO_CLIENT,
        "AuthParameters": {"USERNAME": "alice", "PASSWORD": PASSWORD},
    }
    assert server.raw("InitiateAuth", body).ok
    for odd in ("", "nonsense", "Bearer x", "AWS4-HMAC-SHA256 Credential=a/b"):
        assert server.raw("InitiateAuth", body, Authorization=odd).ok, odd


def test_unknown_members_and_nulls_are_ignored(server):
    body = {"UserPoolId": DEMO_POOL, "Limit": None, "Tomorrow": {"x": [1]}}
    assert server.raw("ListUsers", body).ok


def test_the_documents_may_be_read_from_anywhere(server):
    for document in ("jwks.json", "openid-configuration"):
        answer = requests.get(
            f"{server.url}/{DEMO_POOL}/.well-known/{document}",
            headers={"Origin": "https://app.example.com"},
            timeout=5,
        )
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["access-control-allow-origin"] == "*"


def test_the_clock_moves_and_comes_back(own_server):
    clock = f"{own_server.url}/_mocknito/clock"
    before = requests.get(clock, timeout=5).json()
    assert before["frozen"] is False
    moved = requests.post(clock, json={"now": "2030-01-01T00:00:00Z"}, timeout=5).json()
    assert moved["now"].startswith("2030-01-01T00:00:0")
    frozen = requests.post(clock, json={"frozen": True}, timeout=5).json()
    assert frozen["frozen"] is True
    assert requests.get(clock, timeout=5).json()["now"] == frozen["now"]
    reset = requests.post(clock, json={"reset": True}, timeout=5).json()
    assert reset["frozen"] is False and reset["now"][:4] == before["now"][:4]
    assert requests.post(clock, json={"advance": "soon"}, timeout=5).status_code == 400


def test_reset_empties_the_store(own_server):
    idp = own_server.client()
    idp.create_user_pool(PoolName="gone")
    assert requests.post(f"{own_server.url}/_mocknito/reset", timeout=10).ok
    names = [pool["Name"] for pool in idp.list_user_pools(MaxResults=60)["UserPools"]]
    assert names == ["demo"], "the fixtures are there again, and nothing else"
