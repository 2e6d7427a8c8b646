"""Identities of identity pools, as boto3 sees them when the process is killed among changes."""

import os
import random
import signal
import sqlite3
import threading

from botocore.exceptions import BotoCoreError, ClientError
from support import Server

DEVELOPER = "login.example.com"


class Pair:
    """Two identities of which the first is merged into the second, and then loses its login."""

    def __init__(self, number, idp, pool):
        self.users = [f"source-{number}", f"destination-{number}"]
        self.ids = [
            idp.get_open_id_token_for_developer_identity(
                IdentityPoolId=pool, Logins={DEVELOPER: user}
            )["IdentityId"]
            for user in self.users
        ]
        self.merged = self.unlinked = False

    def merge(self, idp, pool):
        merged = idp.merge_developer_identities(
            IdentityPoolId=pool,
            DeveloperProviderName=DEVELOPER,
            SourceUserIdentifier=self.users[0],
            DestinationUserIdentifier=self.users[1],
        )
        assert merged["IdentityId"] == self.ids[1]
        self.merged = True

    def unlink(self, idp, pool):
        idp.unlink_developer_identity(
            IdentityPoolId=pool,
            IdentityId=self.ids[1],
            DeveloperProviderName=DEVELOPER,
            DeveloperUserIdentifier=self.users[0],
        )
        self.unlinked = True


class Worker(threading.Thread):
    def __init__(self, idp, pool, pairs, acknowledgements):
        super().__init__()
        self.idp, self.pool, self.pairs = idp, pool, pairs
        self.acknowledgements = acknowledgements
        self.failure, self.interrupted = None, False

    def run(self):
        for pair in self.pairs:
            for change in (pair.merge, pair.unlink):
                try:
                    change(self.idp, self.pool)
                except (BotoCoreError, ClientError) as error:
                    self.interrupted = True
                    self.failure = error if isinstance(error, ClientError) else None
                    return
                self.acknowledgements.release()


def test_killed_among_a_thousand_merges_and_unlinks_every_identity_is_whole(tmp_path):
    data, workers, pairs_each = tmp_path / "data", 20, 25
    kill_after = random.Random().randint(300, 700)
    server = Server("--data", data).start()
    idp = server.client(service="cognito-identity", max_pool_connections=workers)
    pool = idp.create_identity_pool(
        IdentityPoolName="crash",
        AllowUnauthenticatedIdentities=False,
        DeveloperProviderName=DEVELOPER,
    )["IdentityPoolId"]
    pairs = [Pair(number, idp, pool) for number in range(workers * pairs_each)]
    acknowledgements = threading.Semaphore(0)
    threads = [Worker(idp, pool, pairs[n::workers], acknowledgements) for n in range(workers)]
    for thread in threads:
        thread.start()
    for _ in range(kill_after):
        assert acknowledgements.acquire(timeout=30), "the workers have stopped"
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    for thread in threads:
        thread.join()
    assert [thread.failure for thread in threads] == [None] * workers
    assert any(thread.interrupted for thread in threads), "the kill came too late"

    with Server("--data", data) as again:
        idp = again.client(service="cognito-identity")
        enabled = {}
        asked = {"IdentityPoolId": pool, "MaxResults": 60, "HideDisabled": True}
        while True:
            page = idp.list_identities(**asked)
            enabled |= {one["IdentityId"]: one.get("Logins") for one in page["Identities"]}
            if "NextToken" not in page:
                break
            asked["NextToken"] = page["NextToken"]
        for pair in pairs:
            source, destination = pair.ids
            users = {
                id: idp.lookup_developer_identity(IdentityPoolId=pool, IdentityId=id)[
                    "DeveloperUserIdentifierList"
                ]
                for id in pair.ids
            }
            # Whole: either nothing has happened, or the source has nothing and is disabled.
            if source in enabled:
                assert users == {source: pair.users[:1], destination: pair.users[1:]}
                assert not pair.merged and not pair.unlinked
                assert enabled[source] == [DEVELOPER]
            else:
                assert users[source] == []
                assert users[destination] in (pair.users[1:], sorted(pair.users))
                if pair.unlinked:
                    assert users[destination] == pair.users[1:]
            assert enabled[destination] == [DEVELOPER]
    with sqlite3.connect(next(data.glob("*.db"))) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
