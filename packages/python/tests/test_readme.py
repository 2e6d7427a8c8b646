"""The examples in README run as they stand there: alone, by two workers, within mocknito exec."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_mocknito.server import _find_binary

pytest_plugins = ["pytester"]

README = Path(__file__).parent.parent / "README.md"


def snippet(name):
    text = README.read_text(encoding="utf-8")
    return re.search(rf"<!-- test: {name} -->\n```python\n(.*?)```", text, re.S)[1]


def test_readme(pytester):
    pytester.makepyfile(snippet("readme"))
    pytester.makeini("[pytest]\nmocknito_demo = true\n")
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=3)


def test_each_worker_of_xdist_has_its_own(pytester):
    pytester.makeini("[pytest]\nmocknito_demo = true\n")
    for number in (1, 2):
        pytester.makepyfile(
            **{
                f"test_{number}": f"""
                    from pathlib import Path

                    def test_alone(mocknito, cognito_idp, worker_id):
                        Path(__file__).with_name(f"{{worker_id}}.url").write_text(mocknito.url)
                        cognito_idp.admin_delete_user(
                            UserPoolId="us-east-1_Mocknito1", Username="alice"
                        )
                """
            }
        )
    pytester.runpytest_subprocess("-n", "2", "--dist", "loadfile").assert_outcomes(passed=2)
    urls = [file.read_text() for file in pytester.path.glob("gw*.url")]
    assert len(urls) == 2 and urls[0] != urls[1]


@pytest.mark.parametrize(
    ("suite", "code", "says"),
    [
        (snippet("exec"), 0, "1 passed"),
        (snippet("exec").replace('"alice"', '"nobody"'), 1, "User does not exist"),
        ("", 5, "no tests ran"),
    ],
)
def test_mocknito_exec_ends_as_pytest_does(pytester, suite, code, says):
    file = pytester.makepyfile(suite)
    words = [_find_binary(), "exec", "--demo", "--", sys.executable, "-m", "pytest", str(file)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ran.returncode, says in ran.stdout) == (code, True), ran.stdout + ran.stderr
