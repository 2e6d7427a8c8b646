"""Passwords from elsewhere: hashes that passlib and argon2-cffi made, imported by a CSV file; and
those that everybody knows, from a file of the operator's."""

import hashlib
import time
import warnings

import pytest
import requests
from argon2 import PasswordHasher
from pycognito.aws_srp import AWSSRP
from support import PASSWORD, Pool, Server

with warnings.catch_warnings():
    # passlib asks for a module that Python no longer has.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.hash import argon2, bcrypt, pbkdf2_sha256

ROLE = "arn:aws:iam::123456789012:role/import"
OLD = "correct horse ß battery"


def scrypt(n, r, p):
    salt = b"salt of sixteen."
    made = hashlib.scrypt(OLD.encode(), salt=salt, n=n, r=r, p=p, maxmem=1 << 27, dklen=32)
    return f"{n}${r}${p}${salt.hex()}${made.hex()}"


# At the limits that are allowed, too.
HASHES = {
    "BCRYPT": [
        bcrypt.using(rounds=4).hash(OLD),
        bcrypt.using(rounds=12, ident="2y").hash(OLD),
        bcrypt.using(rounds=5, ident="2a").hash(OLD),
    ],
    "SCRYPT": [scrypt(16, 8, 1), scrypt(65536, 8, 1)],
    "ARGON2ID": [
        PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(OLD),
        argon2.using(type="ID", rounds=1, memory_cost=64, parallelism=1).hash(OLD),
    ],
    "PBKDF2_SHA256": [
        pbkdf2_sha256.using(rounds=1000).hash(OLD),
        pbkdf2_sha256.using(rounds=600_000, salt_size=32).hash(OLD),
    ],
}
TOO_DEAR = {
    "BCRYPT": HASHES["BCRYPT"][0].replace("$04$", "$13$"),
    "SCRYPT": HASHES["SCRYPT"][0].replace("16$", "131072$", 1),
    "ARGON2ID": HASHES["ARGON2ID"][0].replace("m=19456", "m=65536"),
    "PBKDF2_SHA256": HASHES["PBKDF2_SHA256"][0].replace("$1000$", "$600001$"),
}


def import_hashes(pool, algorithm, hashes):
    """Imports a user for each hash, and gives the job when it has ended."""
    header = [*pool.idp.get_csv_header(UserPoolId=pool.id)["CSVHeader"], "password_hash"]
    rows = [
        {
            "cognito:username": f"{algorithm}-{n}",
            "cognito:mfa_enabled": "false",
            "email": f"{algorithm}-{n}@example.com",
            "email_verified": "true",
            "phone_number_verified": "false",
            "password_hash": hashed.replace(",", "\\,"),
        }
        for n, hashed in enumerate(hashes)
    ]
    lines = [header, *([row.get(column, "") for column in header] for row in rows)]
    job = pool.idp.create_user_import_job(
        UserPoolId=pool.id,
        JobName="hashes",
        CloudWatchLogsRoleArn=ROLE,
        PasswordHashingAlgorithm=algorithm,
    )["UserImportJob"]
    assert job["PasswordHashingAlgorithm"] == algorithm
    answer = requests.put(
        job["PreSignedUrl"],
        data="\n".join(",".join(line) for line in lines).encode(),
        headers={"x-amz-server-side-encryption": "aws:kms"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    pool.idp.start_user_import_job(UserPoolId=pool.id, JobId=job["JobId"])
    deadline = time.monotonic() + 60
    while "CompletionDate" not in job and time.monotonic() < deadline:
        time.sleep(0.02)
        job = pool.idp.describe_user_import_job(UserPoolId=pool.id, JobId=job["JobId"])[
            "UserImportJob"
        ]
    return job


@pytest.mark.parametrize("algorithm", HASHES)
def test_an_imported_hash_signs_in_by_password_and_then_by_srp(own_server, algorithm):
    pool = Pool(own_server, AutoVerifiedAttributes=["email"])
    job = import_hashes(pool, algorithm, [*HASHES[algorithm], TOO_DEAR[algorithm]])
    imported = len(HASHES[algorithm])
    assert (job["ImportedUsers"], job["FailedUsers"]) == (imported, 1)
    log = requests.get(f"{own_server.url}/_mocknito/import/{job['JobId']}/log", timeout=5).text
    assert f"exceeds the limits for the cost of {algorithm}" in log
    for n in range(imported):
        name = f"{algorithm}-{n}"
        user = pool.idp.admin_get_user(UserPoolId=pool.id, Username=name)
        assert user["UserStatus"] == "CONFIRMED"
        srp = AWSSRP(name, OLD, pool.id, pool.client, client=pool.idp)
        # No verifier is known yet.
        with pytest.raises(pool.idp.exceptions.NotAuthorizedException):
            srp.authenticate_user()
        with pytest.raises(pool.idp.exceptions.NotAuthorizedException):
            pool.sign_in(name, password="wrong")
        assert pool.tokens(name, password=OLD)["AccessToken"]
        assert srp.authenticate_user()["AuthenticationResult"]["AccessToken"]
    printed = own_server.printed()
    assert not any(hashed in printed for hashed in HASHES[algorithm])


def test_passwords_of_a_file_are_compromised(tmp_path):
    known = tmp_path / "known.txt"
    known.write_bytes(b"Tr0ub4dor&3\r\nAn0ther-one\n")
    with Server("--ephemeral", "--demo", "--compromised-passwords", known) as server:
        pool = Pool(server, UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"})
        pool.idp.set_risk_configuration(
            UserPoolId=pool.id,
            CompromisedCredentialsRiskConfiguration={"Actions": {"EventAction": "BLOCK"}},
        )
        errors = pool.idp.exceptions
        for password in ("An0ther-one", "P@ssw0rd"):
            with pytest.raises(errors.InvalidPasswordException) as refused:
                pool.idp.sign_up(ClientId=pool.client, Username="eve", Password=password)
            expected = "Provided password cannot be used for security reasons."
            assert refused.value.response["Error"]["Message"] == expected
        pool.add_user("ada", password="Tr0ub4dor&3")
        with pytest.raises(errors.PasswordResetRequiredException):
            pool.sign_in("ada", password="Tr0ub4dor&3")
        event = pool.idp.admin_list_user_auth_events(UserPoolId=pool.id, Username="ada")[
            "AuthEvents"
        ][0]
        assert event["EventRisk"]["CompromisedCredentialsDetected"] is True
        assert event["EventRisk"]["RiskDecision"] == "Block"
        pool.add_user("bob", password=PASSWORD)
        assert pool.tokens("bob")["AccessToken"]
        assert "Tr0ub4dor" not in server.printed()


def test_a_file_of_passwords_must_be_there(tmp_path):
    missing = tmp_path / "missing.txt"
    with pytest.raises(AssertionError) as ended:
        Server("--ephemeral", "--compromised-passwords", missing).start()
    assert f"cannot read the passwords in {missing}" in str(ended.value)
