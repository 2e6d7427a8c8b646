"""Point-in-time recovery by the AWS CLI: a pool is made, broken, looked at and put back, under the
virtual clock; and the process is killed while everything is being put back."""

import json
import os
import sqlite3
import subprocess
import sys
import time

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from support import PASSWORD, Server, base64url

FLAG = "--point-in-time-recovery"
NEW_PASSWORD = "N3w!passw0rd"
HOUR = 3600


class Cli:
    """The AWS CLI, unmodified but for the endpoint."""

    def __init__(self, server):
        self.server = server

    def run(self, operation, **members):
        words = [sys.executable, "-m", "awscli", "cognito-idp", operation, "--output", "json"]
        words += ["--endpoint-url", self.server.url, "--region", "us-east-1", "--no-paginate"]
        words += ["--cli-input-json", json.dumps(members)]
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        return subprocess.run(
            words,
            capture_output=True,
            text=True,
            timeout=60,
            env=self.server.env | keys,
            check=False,
        )

    def ok(self, operation, **members):
        ended = self.run(operation, **members)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout) if ended.stdout.strip() else {}

    def refused(self, operation, code, **members):
        ended = self.run(operation, **members)
        assert ended.returncode != 0, ended.stdout
        assert f"({code})" in ended.stderr, ended.stderr
        return ended.stderr


def now(server):
    return requests.get(f"{server.url}/_mocknito/clock", timeout=5).json()["now"]


def freeze(server):
    """Stops the clock at a whole second: SDKs send no smaller ones."""
    for change in ({"frozen": True}, {"now": "2030-01-01T00:00:00Z"}):
        answer = requests.post(f"{server.url}/_mocknito/clock", json=change, timeout=5)
        assert answer.ok, answer.text


def head(kind, length):
    if length < 24:
        return bytes([kind << 5 | length])
    return bytes([kind << 5 | 24, length]) if length < 256 else (
        bytes([kind << 5 | 25]) + length.to_bytes(2, "big")
    )


class Passkey:
    """An authenticator without attestation, by WebAuthn's text."""

    def __init__(self, site):
        self.site = site
        self.id = os.urandom(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.uses = 0

    def authenticator_data(self, flags):
        digest = hashes.Hash(hashes.SHA256())
        digest.update(self.site.encode())
        return digest.finalize() + bytes([flags]) + self.uses.to_bytes(4, "big")

    def client_data(self, kind, challenge):
        origin = f"https://{self.site}"
        said = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def create(self, options):
        point = self.key.public_key().public_numbers()
        x, y = (n.to_bytes(32, "big") for n in (point.x, point.y))
        cose = b"\xa5\x01\x02\x03\x26\x20\x01\x21" + head(2, 32) + x + b"\x22" + head(2, 32) + y
        data = self.authenticator_data(0x45) + bytes(16) + b"\x00\x10" + self.id + cose
        attestation = (
            b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData" + head(2, len(data)) + data
        )
        client = self.client_data("webauthn.create", options["challenge"])
        return {
            "id": base64url(self.id),
            "rawId": base64url(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "attestationObject": base64url(attestation),
                "clientDataJSON": base64url(client),
                "transports": ["internal"],
            },
        }

    def get(self, options):
        self.uses += 1
        data = self.authenticator_data(0x05)
        client = self.client_data("webauthn.get", options["challenge"])
        digest = hashes.Hash(hashes.SHA256())
        digest.update(client)
        signature = self.key.sign(data + digest.finalize(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": base64url(self.id),
            "rawId": base64url(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "authenticatorData": base64url(data),
                "clientDataJSON": base64url(client),
                "signature": base64url(signature),
            },
        }


class Pool:
    def __init__(self, server):
        self.aws = Cli(server)
        self.id = self.aws.ok(
            "create-user-pool",
            PoolName="recovered",
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
        )["UserPool"]["Id"]
        self.aws.ok(
            "set-user-pool-mfa-config",
            UserPoolId=self.id,
            WebAuthnConfiguration={"RelyingPartyId": "example.com"},
        )
        self.client = self.aws.ok(
            "create-user-pool-client",
            UserPoolId=self.id,
            ClientName="app",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"],
        )["UserPoolClient"]["ClientId"]

    def ok(self, operation, **members):
        return self.aws.ok(operation, UserPoolId=self.id, **members)

    def refused(self, operation, code, **members):
        return self.aws.refused(operation, code, UserPoolId=self.id, **members)

    def user(self, name, email):
        self.ok(
            "admin-create-user",
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}],
        )
        self.password(name, PASSWORD)

    def password(self, name, password):
        self.ok("admin-set-user-password", Username=name, Password=password, Permanent=True)

    def sign_in(self, name, password=PASSWORD):
        return self.aws.ok(
            "initiate-auth",
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )["AuthenticationResult"]

    def register(self, name, passkey):
        token = self.sign_in(name)["AccessToken"]
        begun = self.aws.ok("start-web-authn-registration", AccessToken=token)
        credential = passkey.create(begun["CredentialCreationOptions"])
        self.aws.ok("complete-web-authn-registration", AccessToken=token, Credential=credential)

    def sign_in_with(self, name, passkey):
        asked = self.aws.ok(
            "initiate-auth",
            ClientId=self.client,
            AuthFlow="USER_AUTH",
            AuthParameters={"USERNAME": name, "PREFERRED_CHALLENGE": "WEB_AUTHN"},
        )
        options = json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        credential = json.dumps(passkey.get(options))
        return self.aws.ok(
            "respond-to-auth-challenge",
            ClientId=self.client,
            ChallengeName="WEB_AUTHN",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": name, "CREDENTIAL": credential},
        )["AuthenticationResult"]

    def described(self, restore):
        return self.ok("describe-point-in-time-recovery", RestoreId=restore)["Restoration"]

    def reaches(self, restore, status):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            described = self.described(restore)
            if described["RestoreStatus"] == status:
                return described
        raise AssertionError(described)


def test_a_broken_pool_is_put_back():
    with Server("--ephemeral", FLAG) as server:
        freeze(server)
        pool = Pool(server)
        passkey = Passkey("example.com")
        for name in ("alice", "bob", "carol"):
            pool.user(name, f"{name}@example.com")
        pool.ok("create-group", GroupName="staff")
        pool.ok("admin-add-user-to-group", Username="bob", GroupName="staff")
        pool.register("bob", passkey)
        then = now(server)
        server.advance_clock("1h")

        pool.ok(
            "admin-update-user-attributes",
            Username="alice",
            UserAttributes=[{"Name": "email", "Value": "broken@example.com"}],
        )
        pool.password("alice", NEW_PASSWORD)
        pool.ok("admin-delete-user", Username="bob")
        pool.ok("delete-group", GroupName="staff")
        pool.user("mallory", "mallory@example.com")
        server.advance_clock("1h")

        begun = pool.ok("initiate-point-in-time-recovery", RestoreTimestamp=then)["Restoration"]
        restore = begun["RestoreId"]
        assert begun["RestoreStatus"] == "PREVIEW_GENERATING"
        preview = pool.reaches(restore, "PREVIEW_GENERATED")["RestorePreview"]
        counts = {
            one["Entity"]: (one["CreateCount"], one["UpdateCount"], one["DeleteCount"])
            for one in preview
        }
        assert counts == {
            "Users": (1, 1, 1),
            "Groups": (1, 0, 0),
            "User MFAs": (0, 0, 0),
            "Passkeys": (1, 0, 0),
        }

        # Meanwhile nobody writes, and whoever only signs in gets in.
        said = pool.refused("admin-disable-user", "OperationNotEnabledException", Username="carol")
        assert "paused" in said
        pool.refused("admin-create-user", "OperationNotEnabledException", Username="dave")
        pool.sign_in("carol")
        second = {"RestoreTimestamp": then}
        pool.refused("initiate-point-in-time-recovery", "LimitExceededException", **second)

        started = pool.ok("start-point-in-time-recovery", RestoreId=restore)["Restoration"]
        assert started["RestoreStatus"] == "RESTORING"
        pool.reaches(restore, "RESTORE_COMPLETED")
        listed = pool.ok("list-users")["Users"]
        assert sorted(user["Username"] for user in listed) == ["alice", "bob", "carol"]
        (alice,) = (user for user in listed if user["Username"] == "alice")
        assert {"Name": "email", "Value": "alice@example.com"} in alice["Attributes"]
        pool.sign_in("alice", NEW_PASSWORD)
        pool.sign_in("bob")
        pool.sign_in_with("bob", passkey)
        groups = pool.ok("admin-list-groups-for-user", Username="bob")["Groups"]
        assert [group["GroupName"] for group in groups] == ["staff"]
        pool.ok("admin-disable-user", Username="carol")


def test_what_a_recovery_is_refused_for():
    with Server("--ephemeral", FLAG) as server:
        freeze(server)
        pool = Pool(server)
        made = now(server)
        server.advance_clock("1h")
        initiate, wrong = "initiate-point-in-time-recovery", "InvalidParameterException"

        def ago(seconds):
            from datetime import datetime, timedelta

            instant = datetime.fromisoformat(now(server)) - timedelta(seconds=seconds)
            return instant.isoformat()

        pool.refused(initiate, wrong, RestoreTimestamp=ago(14 * 60))
        pool.refused(initiate, wrong, RestoreTimestamp=ago(HOUR + 1))
        unknown = {"RestoreId": "00000000-0000-4000-8000-000000000000"}
        for operation in ("describe", "start", "cancel"):
            name = f"{operation}-point-in-time-recovery"
            pool.refused(name, "ResourceNotFoundException", **unknown)
        made_first = pool.ok(initiate, RestoreTimestamp=made)["Restoration"]["RestoreId"]
        pool.reaches(made_first, "PREVIEW_GENERATED")
        pool.ok("cancel-point-in-time-recovery", RestoreId=made_first)
        for operation in ("start", "cancel"):
            name = f"{operation}-point-in-time-recovery"
            pool.refused(name, wrong, RestoreId=made_first)
        expired = pool.ok(initiate, RestoreTimestamp=made)["Restoration"]["RestoreId"]
        server.advance_clock("24h")
        assert pool.described(expired)["RestoreStatus"] == "PREVIEW_EXPIRED"
        pool.refused("start-point-in-time-recovery", wrong, RestoreId=expired)
        pool.refused(initiate, wrong, RestoreTimestamp=ago(24 * HOUR + 1))
        listed = pool.ok("list-point-in-time-recoveries", MaxResults=1)
        assert [one["RestoreId"] for one in listed["Restorations"]] == [expired]
        more = pool.ok("list-point-in-time-recoveries", NextToken=listed["NextToken"])
        assert [one["RestoreId"] for one in more["Restorations"]] == [made_first]
        pool.ok("update-user-pool", UserPoolTier="LITE")
        lite = "FeatureUnavailableInTierException"
        pool.refused(initiate, lite, RestoreTimestamp=ago(HOUR))


def test_without_the_flag_nothing_can_be_recovered(server):
    pool = Pool(server)
    said = pool.refused("list-point-in-time-recoveries", "OperationNotEnabledException")
    assert FLAG in said


# ---- SIGKILL while everything is put back ----

HEADER = (
    "cognito:username,cognito:mfa_enabled,email,email_verified,phone_number,"
    "phone_number_verified,name,given_name,family_name,middle_name,nickname,preferred_username,"
    "profile,picture,website,gender,birthdate,zoneinfo,locale,address,updated_at"
)
MANY = int(os.environ.get("MOCKNITO_RECOVERED_USERS", "8000"))


def imported(idp, pool, count):
    """So many users, who need no passwords and so come quickly."""
    job = idp.create_user_import_job(
        UserPoolId=pool, JobName="many", CloudWatchLogsRoleArn="arn:aws:iam::123456789012:role/x"
    )["UserImportJob"]
    rows = [f"user{n},false,user{n}@example.com,true,,false" + "," * 15 for n in range(count)]
    body = "\n".join([HEADER, *rows, ""]).encode()
    kms = {"x-amz-server-side-encryption": "aws:kms"}
    assert requests.put(job["PreSignedUrl"], data=body, headers=kms, timeout=60).ok
    idp.start_user_import_job(UserPoolId=pool, JobId=job["JobId"])
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        job = idp.describe_user_import_job(UserPoolId=pool, JobId=job["JobId"])["UserImportJob"]
        if job["Status"] == "Succeeded":
            assert job["ImportedUsers"] == count
            return
        time.sleep(0.1)
    raise AssertionError(job)


def status_of(idp, pool, restore):
    described = idp.describe_point_in_time_recovery(UserPoolId=pool, RestoreId=restore)
    return described["Restoration"]["RestoreStatus"]


def wait_for(idp, pool, restore, status):
    deadline = time.monotonic() + 300
    while status_of(idp, pool, restore) != status:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def left_behind(data, restore):
    """How many users there are, and the recovery's status, as the dead process left them."""
    (database,) = data.glob("*.db")
    with sqlite3.connect(database) as store:
        users = store.execute("SELECT count(*) FROM users").fetchone()[0]
        asked = "SELECT status FROM recoveries WHERE id = ?"
        status = store.execute(asked, (restore,)).fetchone()[0]
    store.close()
    return users, status


def test_a_kill_while_restoring_leaves_the_store_before_or_after(tmp_path):
    data = tmp_path / "data"
    server = Server("--data", data, FLAG).start()
    idp = server.client()
    pool = idp.create_user_pool(
        PoolName="many", UserPoolTier="PLUS", AutoVerifiedAttributes=["email"]
    )["UserPool"]["Id"]
    # The clock of a new process is the machine's again, so only the machine's counts here.
    time.sleep(1.1)
    empty = now(server)
    imported(idp, pool, MANY)
    time.sleep(1.1)
    full = now(server)
    time.sleep(1.1)
    seen = set()
    # First everybody is deleted, two days later everybody is made again; each time the process is
    # killed a few times on the way.
    for later, point, before, after in (("1h", empty, MANY, 0), ("49h", full, 0, MANY)):
        server.advance_clock(later)
        restore = idp.initiate_point_in_time_recovery(UserPoolId=pool, RestoreTimestamp=point)
        restore = restore["Restoration"]["RestoreId"]
        wait_for(idp, pool, restore, "PREVIEW_GENERATED")
        idp.start_point_in_time_recovery(UserPoolId=pool, RestoreId=restore)
        for delay in (0.0, 0.05, 0.15, 0.3):
            time.sleep(delay)
            server.kill()
            users, status = left_behind(data, restore)
            seen.add(status)
            expected = {"RESTORING": before, "RESTORE_COMPLETED": after}
            assert users == expected[status], (users, status)
            server = Server("--data", data, FLAG).start()
            idp = server.client()
        wait_for(idp, pool, restore, "RESTORE_COMPLETED")
        described = idp.describe_user_pool(UserPoolId=pool)["UserPool"]
        assert described["EstimatedNumberOfUsers"] == after
    assert "RESTORING" in seen
    assert server.stop() == 0
