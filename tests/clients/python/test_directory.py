"""boto3: an account's whole life with the codes that the inbox shows, and users imported from a CSV
file."""

import email
import socketserver
import threading
import time

import pytest
import requests
from support import DEMO_CLIENT, DEMO_POOL, Server

FIRST, SECOND = "First-Passw0rd", "Second-Passw0rd"
ROLE = "arn:aws:iam::123456789012:role/import"


def sent_code(server, to):
    """The newest code that was sent to an address; waits for one."""
    answer = requests.get(
        f"{server.url}/_mocknito/inbox", params={"to": to, "wait": "10s"}, timeout=20
    ).json()
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
    idp.confirm_forgot_password(
        ClientId=DEMO_CLIENT, Username=name, ConfirmationCode=code, Password=SECOND
    )
    with pytest.raises(idp.exceptions.NotAuthorizedException):
        sign_in(idp, name, FIRST)
    token = sign_in(idp, name, SECOND)["AccessToken"]

    moved = idp.update_user_attributes(
        AccessToken=token, UserAttributes=[{"Name": "email", "Value": "jack@new.example.com"}]
    )
    assert moved["CodeDeliveryDetailsList"][0]["Destination"] == "j***@n***"
    code = sent_code(own_server, "jack@new.example.com")
    idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    attributes = {
        one["Name"]: one["Value"] for one in idp.get_user(AccessToken=token)["UserAttributes"]
    }
    assert attributes["email"] == "jack@new.example.com"
    assert attributes["email_verified"] == "true"
    with pytest.raises((idp.exceptions.CodeMismatchException, idp.exceptions.ExpiredCodeException)):
        idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)


def begin_import(idp, rows, pool=DEMO_POOL):
    """Uploads rows, each a dictionary of columns, and starts their import, as a client would; gives
    the job's id."""
    header = idp.get_csv_header(UserPoolId=pool)["CSVHeader"]
    base = {
        "cognito:mfa_enabled": "false",
        "email_verified": "true",
        "phone_number_verified": "false",
    }
    lines = [header] + [[(base | row).get(column, "") for column in header] for row in rows]
    job = idp.create_user_import_job(UserPoolId=pool, JobName="import", CloudWatchLogsRoleArn=ROLE)[
        "UserImportJob"
    ]
    answer = requests.put(
        job["PreSignedUrl"],
        data="\n".join(",".join(line) for line in lines).encode(),
        headers={"x-amz-server-side-encryption": "aws:kms"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    idp.start_user_import_job(UserPoolId=pool, JobId=job["JobId"])
    return job["JobId"]


def wait_for(idp, job_id, until, pool=DEMO_POOL):
    """The job as soon as `until` says so of it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = idp.describe_user_import_job(UserPoolId=pool, JobId=job_id)["UserImportJob"]
        if until(job):
            return job
        time.sleep(0.02)
    raise AssertionError(f"the job does not come that far: {job}")


def import_csv(idp, rows):
    return wait_for(idp, begin_import(idp, rows), lambda job: "CompletionDate" in job)


def test_users_are_imported_and_the_log_tells_of_the_others(own_server):
    idp = own_server.client()
    rows = [
        {"cognito:username": f"user-{n}", "email": f"user-{n}@example.com"} for n in range(1_000)
    ]
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
    idp.confirm_forgot_password(
        ClientId=DEMO_CLIENT, Username="kim", ConfirmationCode=code, Password=SECOND
    )
    assert "AccessToken" in sign_in(idp, "kim", SECOND)


def test_an_import_survives_the_death_of_the_server(tmp_path):
    rows = [
        {"cognito:username": f"user-{n}", "email": f"user-{n}@example.com"} for n in range(10_000)
    ]
    with Server("--data", tmp_path, "--demo") as server:
        job_id = begin_import(server.client(), rows)
        killed = wait_for(server.client(), job_id, lambda job: job["ImportedUsers"] > 0)
        server.kill()
    assert killed["Status"] == "InProgress"
    with Server("--data", tmp_path, "--demo") as server:
        idp = server.client()
        job = wait_for(idp, job_id, lambda job: "CompletionDate" in job)
        assert job["Status"] == "Succeeded"
        # A row that was imported twice would be counted as skipped.
        assert (job["ImportedUsers"], job["SkippedUsers"], job["FailedUsers"]) == (10_000, 0, 0)
        assert (
            idp.describe_user_pool(UserPoolId=DEMO_POOL)["UserPool"]["EstimatedNumberOfUsers"]
            == 10_003
        )


class MailCatcher(socketserver.ThreadingTCPServer):
    """Takes mail and keeps it in `mails`."""

    daemon_threads = True

    def __init__(self):
        self.mails, self.came = [], threading.Event()
        super().__init__(("127.0.0.1", 0), self.Conversation)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 hello\r\n")
            while line := self.rfile.readline():
                if line.strip().upper() != b"DATA":
                    self.wfile.write(b"250 fine\r\n")
                    continue
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(email.message_from_bytes(b"".join(lines)))
                self.server.came.set()
                self.wfile.write(b"250 taken\r\n")


def test_e_mails_are_relayed_to_a_mail_catcher_and_stay_in_the_inbox():
    with MailCatcher() as catcher:
        relay = f"smtp://127.0.0.1:{catcher.server_address[1]}"
        with Server("--ephemeral", "--demo", env={"MOCKNITO_SMTP": relay}) as server:
            server.client().forgot_password(ClientId=DEMO_CLIENT, Username="alice")
            code = sent_code(server, "alice@example.com")
            assert catcher.came.wait(20), server.printed()
        catcher.shutdown()
    (mail,) = catcher.mails
    assert mail["To"] == "alice@example.com"
    assert code in mail.get_payload(decode=True).decode()
    assert mail.get_content_type() == "text/html"


def test_a_mail_catcher_that_is_down_loses_nothing():
    with Server("--ephemeral", "--demo", "--smtp", "smtp://127.0.0.1:9") as server:
        idp = server.client()
        idp.forgot_password(ClientId=DEMO_CLIENT, Username="alice")
        code = sent_code(server, "alice@example.com")
        idp.confirm_forgot_password(
            ClientId=DEMO_CLIENT, Username="alice", ConfirmationCode=code, Password=SECOND
        )
        assert server.stop() == 0


def test_an_smtp_address_that_cannot_be_used_is_refused_at_the_start():
    for wrong in ("localhost:1025", "smtps://localhost:465", "smtp://user:secret@localhost"):
        server = Server("--ephemeral", "--smtp", wrong)
        with pytest.raises(AssertionError, match="ended with 2"):
            server.start()
