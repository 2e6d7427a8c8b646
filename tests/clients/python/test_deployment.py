"""What a release and its users run elsewhere is right by what can be known here: the workflows, the
image's files, and the examples, whose manifests fit their schemas and whose fixtures load.

`tests/run` holds the workflows against actionlint as well, which is not a package of Python's."""

import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import requests
import yaml
from support import PASSWORD, REPOSITORY, Server, clean_environment, free_port

SCRIPTS = pathlib.Path(sys.executable).parent
WORKFLOWS = sorted(REPOSITORY.glob(".github/workflows/*.yml"))
SNIPPET = REPOSITORY / "examples/github-actions/tests.yml"
MANIFEST = REPOSITORY / "examples/kubernetes/mocknito.yaml"


def tool(name, *words):
    done = subprocess.run(
        [SCRIPTS / name, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.compose-spec", [REPOSITORY / "docker-compose.yml"]),
        ("vendor.dependabot", [REPOSITORY / ".github/dependabot.yml"]),
        ("vendor.github-workflows", [*WORKFLOWS, SNIPPET]),
    ],
)
def test_files_fit_the_schemas_of_their_tools(schema, files):
    tool("check-jsonschema", "--builtin-schema", schema, *files)


def test_the_manifest_is_what_a_cluster_takes():
    tool("kubernetes-validate", "--strict", MANIFEST)


def test_nobody_else_can_change_what_a_workflow_does():
    tool("zizmor", "--offline", "--quiet", ".github", SNIPPET)
    for file in [*WORKFLOWS, SNIPPET]:
        for used in re.findall(r"uses: (.*)", file.read_text()):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", used), f"{file.name}: {used}"


def test_scripts_and_images_are_in_order():
    tool("shellcheck", ".ci/run", "tests/run")
    tool("hadolint", "Dockerfile", "examples/sign-in/Dockerfile")


# The image


def copied():
    """What the Dockerfile copies from the repository."""
    dockerfile = REPOSITORY.joinpath("Dockerfile").read_text()
    for words in re.findall(r"^COPY (?!--)(.+)$", dockerfile, re.MULTILINE):
        *sources, _target = words.split()
        yield from sources


def test_the_build_has_all_that_it_reads(tmp_path):
    for source in copied():
        here, there = REPOSITORY / source, tmp_path / source
        there.parent.mkdir(parents=True, exist_ok=True)
        if here.is_dir():
            shutil.copytree(here, there)
        else:
            shutil.copy(here, there)
    # What the Dockerfile makes itself.
    for made in ("benches/server.rs", "tests/codegen/src/lib.rs"):
        tmp_path.joinpath(made).parent.mkdir(parents=True, exist_ok=True)
        tmp_path.joinpath(made).touch()
    cargo = ["cargo", "metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"]
    subprocess.run(cargo, cwd=tmp_path, capture_output=True, check=True)

    for file in (tmp_path / "src").rglob("*.rs"):
        for included in re.findall(r'include_(?:str|bytes)!\(\s*"([^"]+)"', file.read_text()):
            assert (file.parent / included).exists(), f"{file}: {included}"


def test_the_builder_gets_what_is_copied_and_no_more():
    ignore = REPOSITORY.joinpath(".dockerignore").read_text().splitlines()
    admitted = {line[1:] for line in ignore if line.startswith("!")}
    assert "*" in ignore
    # One pattern for both licences.
    wanted = {re.sub(r"^LICENSE-.*", "LICENSE-*", source) for source in copied()}
    assert {f"{path}".rstrip("/") for path in wanted} == admitted


def test_both_targets_of_the_image_are_run_alike():
    dockerfile = REPOSITORY.joinpath("Dockerfile").read_text()
    functions, last = re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[-2:]
    assert functions.splitlines()[0].endswith(" AS functions")
    assert last.splitlines()[0] == "scratch AS mocknito"
    for line in ("USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT"):
        said = [re.findall(rf"^{line} .*", stage, re.M) for stage in (functions, last)]
        assert said[0] == said[1] != [], line
    assert "/etc/ssl/certs/ca-certificates.crt" in last
    assert "ca-certificates" in functions


# The release


def test_binstall_looks_where_the_release_puts_the_archives():
    package = tomllib.loads(REPOSITORY.joinpath("Cargo.toml").read_text())["package"]
    binstall = package["metadata"]["binstall"]
    [release] = [file for file in WORKFLOWS if file.name == "release.yml"]
    jobs = yaml.safe_load(release.read_text())["jobs"]
    [archive] = [
        step["with"]
        for step in jobs["binaries"]["steps"]
        if step.get("uses", "").startswith("taiki-e/upload-rust-binary-action@")
    ]
    assert archive["bin"] == package["name"] == "mocknito"
    assert archive["leading-dir"] is True
    for build in jobs["binaries"]["strategy"]["matrix"]["include"]:
        target = build["target"]
        windows = "windows" in target
        # As the action names it. What it packs is tar.gz on Unix and zip on Windows by default.
        name = archive["archive"].replace("$bin", "mocknito")
        name = name.replace("$tag", f"v{package['version']}").replace("$target", target)
        settings = binstall | binstall["overrides"].get(target, {})
        values = {
            "repo": package["repository"],
            "name": package["name"],
            "version": package["version"],
            "target": target,
            "bin": "mocknito",
            "binary-ext": ".exe" if windows else "",
        }

        def filled(template, values=values):
            return re.sub(r"\{ ([\w-]+) \}", lambda found: values[found[1]], template)

        asked = filled(settings["pkg-url"])
        ending = "zip" if windows else "tar.gz"
        assert asked.endswith(f"/releases/download/v{package['version']}/{name}.{ending}")
        assert settings["pkg-fmt"] == ("zip" if windows else "tgz")
        program = "mocknito.exe" if windows else "mocknito"
        assert filled(settings["bin-dir"]) == f"{name}/{program}"


def test_all_packages_have_one_version_and_one_list_of_platforms():
    package = tomllib.loads(REPOSITORY.joinpath("Cargo.toml").read_text())["package"]
    versions = [sys.executable, REPOSITORY / "packages/versions.py"]
    assert subprocess.run([*versions, package["version"]], check=False).returncode == 0
    other = subprocess.run([*versions, "99.0.0"], check=False, capture_output=True, text=True)
    assert other.returncode == 1
    for named in ("packages/node/package.json has", "docker-compose.yml has the image"):
        assert named in other.stderr
    release = REPOSITORY.joinpath(".github/workflows/release.yml").read_text()
    platforms = yaml.safe_load(REPOSITORY.joinpath("packages/npm/platforms.json").read_text())
    built = re.findall(r"^ +- target: ([\w-]+-[\w-]+-[\w-]+)$", release, re.MULTILINE)
    assert sorted(platforms.values()) == sorted(built)


# The examples


def sign_in(server, client_id, **headers):
    headers |= {
        "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
        "content-type": "application/x-amz-json-1.1",
    }
    return requests.post(
        server.url,
        json={
            "ClientId": client_id,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "alice", "PASSWORD": PASSWORD},
        },
        headers=headers,
        timeout=10,
    )


def test_the_service_of_a_job_has_its_pool():
    job = yaml.safe_load(SNIPPET.read_text())["jobs"]["tests"]
    with Server("--ephemeral", env=job["services"]["mocknito"]["env"]) as server:
        # The step as it is there, but for the port.
        [step] = [step for step in job["steps"] if step.get("name") == "Sign in"]
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", step["run"]],
            env=clean_environment(
                **job["env"] | {"AWS_ENDPOINT_URL": server.url},
                PATH=f"{SCRIPTS}:/usr/bin:/bin",
            ),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "AccessToken" in done.stdout
    assert server.stderr().count("WARN") == 0, server.stderr()


def test_the_pod_of_the_manifest_serves_the_cluster_and_nobody_else(tmp_path):
    things = {thing["kind"]: thing for thing in yaml.safe_load_all(MANIFEST.read_text())}
    pod = things["Deployment"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    env = {one["name"]: one["value"] for one in container["env"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert env["MOCKNITO_FIXTURES"] == mounts["fixtures"]
    assert mounts["data"] == "/data"

    # A mounted ConfigMap: the files are links into a hidden folder that is itself behind a link.
    hidden = tmp_path / "..2026_11_28"
    hidden.mkdir()
    for name, text in things["ConfigMap"]["data"].items():
        hidden.joinpath(name).write_text(text)
        tmp_path.joinpath(name).symlink_to(f"..data/{name}")
    tmp_path.joinpath("..data").symlink_to(hidden.name)

    env |= {"MOCKNITO_FIXTURES": str(tmp_path)}
    with Server("--ephemeral", env=env, port=free_port()) as server:
        tokens = sign_in(server, "clusterclient0000000000000")
        assert tokens.ok, tokens.text
        pools = f"{server.url}/_mocknito/pools"
        for host in ("mocknito", "mocknito.shop.svc", "mocknito.shop.svc.cluster.local"):
            answer = requests.get(pools, headers={"Host": f"{host}:9339"}, timeout=10)
            assert answer.status_code == 200, host
            assert len(answer.json()["user_pools"]) == 1
        foreign = requests.get(pools, headers={"Host": "rebound.example"}, timeout=10)
        assert foreign.status_code == 403
        # As the kubelet asks: by the pod's address.
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            path = container[probe]["httpGet"]["path"]
            asked = requests.get(server.url + path, headers={"Host": "10.2.3.4:9339"}, timeout=10)
            assert asked.status_code == 200, probe
        known = "is not known"
        assert known not in server.stderr(), server.stderr()


def test_compose_has_one_name_for_mocknito():
    services = yaml.safe_load(REPOSITORY.joinpath("docker-compose.yml").read_text())["services"]
    mocknito, web = services["mocknito"], services["web"]
    public = mocknito["environment"]["MOCKNITO_PUBLIC_URL"]
    name = public.removeprefix("http://").removesuffix(":9339")
    assert name in mocknito["networks"]["default"]["aliases"]
    assert web["environment"]["ISSUER"].startswith(f"{public}/")
    fixture = REPOSITORY / mocknito["environment"]["MOCKNITO_FIXTURES"].lstrip("/")
    env = {"MOCKNITO_PUBLIC_URL": public, "MOCKNITO_FIXTURES": str(fixture)}
    with Server("--ephemeral", env=env, port=free_port()) as server:
        # The browser and the app ask by that name, and see the issuer that the app was told.
        pool = web["environment"]["ISSUER"].rpartition("/")[2]
        discovery = requests.get(
            f"{server.url}/{pool}/.well-known/openid-configuration",
            headers={"Host": f"{name}:9339"},
            timeout=10,
        ).json()
        assert discovery["issuer"] == web["environment"]["ISSUER"]
        pages = requests.get(
            f"{server.url}/login",
            params={
                "client_id": web["environment"]["CLIENT_ID"],
                "redirect_uri": f"{web['environment']['URL']}/callback",
                "response_type": "code",
            },
            headers={"Host": f"{name}:9339"},
            timeout=10,
        )
        assert pages.status_code == 200, pages.text
        guarded = requests.get(
            f"{server.url}/_mocknito/pools", headers={"Host": f"{name}:9339"}, timeout=10
        )
        assert guarded.status_code == 200
