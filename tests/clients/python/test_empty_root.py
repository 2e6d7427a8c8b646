"""The static binary alone in an empty root directory, as in an image from scratch: no libc, no
shell, no /etc, not root."""

import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

import certifi
import pytest
from support import BINARY, DEMO_CLIENT, PASSWORD, REPOSITORY, Server, clean_environment, must_run

NOBODY = 65532
PT_INTERP = 3


def is_static(binary):
    """Whether the ELF file asks for no dynamic loader."""
    data = pathlib.Path(binary).read_bytes()
    if data[:5] != b"\x7fELF\x02":
        return False
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    kinds = [struct.unpack_from("<I", data, table + n * size)[0] for n in range(count)]
    return PT_INTERP not in kinds


def way_in(root):
    """The command that runs a program inside `root` and nowhere else, or None where this machine
    permits no such thing."""
    chroot = ["chroot", f"--userspec={NOBODY}:{NOBODY}", str(root)]
    unshare = ["unshare", "--map-root-user", f"--root={root}"]
    for command in ([chroot] if os.geteuid() == 0 else []) + [unshare]:
        if shutil.which(command[0]):
            tried = subprocess.run(
                [*command, "/mocknito", "--version"], capture_output=True, check=False
            )
            if tried.returncode == 0:
                return command
    return None


@pytest.fixture
def root(tmp_path):
    """A root directory with the binary and a folder for its data."""
    must_run(is_static(BINARY), "a static binary, as tests/run builds it")
    root = tmp_path / "root"
    (root / "data").mkdir(parents=True)
    shutil.copy(BINARY, root / "mocknito")
    if os.geteuid() == 0:
        os.chown(root / "data", NOBODY, NOBODY)
        for folder in (root, *root.parents[:3]):
            folder.chmod(0o755)
    return root


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is the binary static")
def test_the_static_binary_needs_nothing_around_it(root):
    enter = way_in(root)
    must_run(enter, "chroot or unshare, and a binary that starts inside")

    in_image = {"MOCKNITO_HOST": "0.0.0.0", "MOCKNITO_DATA": "/data"}
    with Server("--demo", command=[*enter, "/mocknito"], env=in_image) as server:
        health = subprocess.run(
            [*enter, "/mocknito", "healthcheck"],
            env=clean_environment(MOCKNITO_PORT=str(server.port), **in_image),
            capture_output=True,
            text=True,
            check=False,
        )
        assert health.returncode == 0, health.stderr
        tokens = server.client().initiate_auth(
            ClientId=DEMO_CLIENT,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        assert server.client().get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
    assert list((root / "data").glob("*.db"))
    assert sorted(path.name for path in root.iterdir()) == ["data", "mocknito"]


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is the binary static")
def test_the_images_root_certificates_are_found(root):
    enter = way_in(root)
    must_run(enter, "chroot or unshare, and a binary that starts inside")

    env = clean_environment(MOCKNITO_DATA="/data")
    for elsewhere in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        env.pop(elsewhere, None)

    def trusted():
        done = subprocess.run(
            [*enter, "/mocknito", "doctor"],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"^(ok|--|!!) +certificates +(.*)$", done.stdout, re.MULTILINE)
        assert found, done.stdout + done.stderr
        return found[1]

    assert trusted() == "--"
    dockerfile = REPOSITORY.joinpath("Dockerfile").read_text()
    copied = re.search(r"^COPY --from=build (\S+\.crt) /(\S+)$", dockerfile, re.MULTILINE)
    source, target = copied.groups()
    # Debian's own file, as in the builder; elsewhere any authority does.
    authorities = pathlib.Path(source) if pathlib.Path(source).exists() else certifi.where()
    (root / target).parent.mkdir(parents=True)
    shutil.copy(authorities, root / target)
    for folder in (root / target).relative_to(root).parents:
        (root / folder).chmod(0o755)
    (root / target).chmod(0o644)
    assert trusted() == "ok"
