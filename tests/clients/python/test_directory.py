"""boto3: an account's whole life with the codes that the inbox shows, and users imported from a CSV file."""

import time

import pytest
import requests
from support import DEMO_CLIENT, DEMO_POOL

FIRST, SECOND = "First-Passw0rd", "Second-Passw0rd"
ROLE = "arn:aws:iam::123456789012:role/import"


def sent_code(server, to):
    """The newest code that was sent to an address; waits for one."""
    answer = requests.get(f"{server.url}/_mocknito/inbox", params={"to": to, "wait": "10s"}, timeout=20).json()
    assert answer["messages"], f"nothing was sent to {to}"
    return answer["messages"][0]["code"]


def empty_inbox(server):
    requests.delete(f"{server.url}/_mocknito/inbox", timeout=5).raise_for_status()


def sign_in(idp, username, password):
    return idp.initiate_auth(
        ClientId=DEMO_CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )["AuthenticationResult"]


def test_an_account_is_made_used_recovered_and_moved(own_server):
    idp, name, email = own_server.client(), "jack", "jack@example.com"
    made = idp.sign_up(
        ClientId=DEMO_CLIENT,
        Username=name,
        Password=FIRST,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    assert made["UserConfirmed"] is False
    assert made["CodeDeliveryDetails"] == {
        "Destination": "j***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    with pytest.raises(idp.exceptions.UserNotConfirmedException):
        sign_in(idp, name, FIRST)

    code = sent_code(own_server, email)
    wrong = "000000" if code != "000000" else "111111"
    with pytest.raises(idp.exceptions.CodeMismatchException):
        idp.confirm_sign_up(ClientId=DEMO_CLIENT, Username=name, ConfirmationCode=wrong)
    idp.confirm_sign_up(ClientId=DEMO_CLIENT, Username=name, ConfirmationCode=code)
    sign_in(idp, name, FIRST)

    empty_inbox(own_server)
    idp.forgot_password(ClientId=DEMO_CLIENT, Username=name)
    code = sent_code(own_server, email)
    idp.confirm_forgot_password(ClientId=DEMO_CLIENT, Username=name, ConfirmationCode=code, Password=SECOND)
    with pytest.raises(idp.exceptions.NotAuthorizedException):
        sign_in(idp, name, FIRST)
    token = sign_in(idp, name, SECOND)["AccessToken"]

    moved = idp.update_user_attributes(
        AccessToken=token, UserAttributes=[{"Name": "email", "Value": "jack@new.example.com"}]
    )
    assert moved["CodeDeliveryDetailsList"][0]["Destination"] == "j***@n***"
    code = sent_code(own_server, "jack@new.example.com")
    idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    attributes = {one["Name"]: one["Value"] for one in idp.get_user(AccessToken=token)["UserAttributes"]}
    assert attributes["email"] == "jack@new.example.com"
    assert attributes["email_verified"] == "true"
    with pytest.raises((idp.exceptions.CodeMismatchException, idp.exceptions.ExpiredCodeException)):
        idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)


def import_csv(idp, rows, pool=DEMO_POOL):
    """Imports rows, each a dictionary of columns, as a client would; gives the job as it ended."""
    header = idp.get_csv_header(UserPoolId=pool)["CSVHeader"]
    base = {"cognito:mfa_enabled": "false", "email_verified": "true", "phone_number_verified": "false"}
    lines = [header] + [[(base | row).get(column, "") for column in header] for row in rows]
    job = idp.create_user_import_job(UserPoolId=pool, JobName="import", CloudWatchLogsRoleArn=ROLE)["UserImportJob"]
    answer = requests.put(
        job["PreSignedUrl"],
        data="\n".join(",".join(line) for line in lines).encode(),
        headers={"x-amz-server-side-encryption": "aws:kms"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    idp.start_user_import_job(UserPoolId=pool, JobId=job["JobId"])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = idp.describe_user_import_job(UserPoolId=pool, JobId=job["JobId"])["UserImportJob"]
        if "CompletionDate" in job:
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job does not end: {job}")


def test_users_are_imported_and_the_log_tells_of_the_others(own_server):
    idp = own_server.client()
    rows = [{"cognito:username": f"user-{n}", "email": f"user-{n}@example.com"} for n in range(1_000)]
    rows += [
        {"cognito:username": "alice", "email": "alice@example.com"},
        {"cognito:username": "nobody", "email": "nobody"},
    ]
    job = import_csv(idp, rows)
    assert job["Status"] == "Succeeded"
    assert (job["ImportedUsers"], job["SkippedUsers"], job["FailedUsers"]) == (1_000, 1, 1)
    log = requests.get(f"{own_server.url}/_mocknito/import/{job['JobId']}/log", timeout=5).text
    assert "[SKIPPED] Line Number 1002 - The user already exists." in log
    assert "[FAILED] Line Number 1003 - Invalid email address format." in log
    user = idp.admin_get_user(UserPoolId=DEMO_POOL, Username="user-7")
    assert user["UserStatus"] == "RESET_REQUIRED"


def test_an_imported_user_sets_a_password_of_its_own(own_server):
    idp = own_server.client()
    import_csv(idp, [{"cognito:username": "kim", "email": "kim@example.com"}])
    idp.forgot_password(ClientId=DEMO_CLIENT, Username="kim")
    code = sent_code(own_server, "kim@example.com")
    idp.confirm_forgot_password(ClientId=DEMO_CLIENT, Username="kim", ConfirmationCode=code, Password=SECOND)
    assert "AccessToken" in sign_in(idp, "kim", SECOND)
