"""The example in README runs as it stands there."""

import re
from pathlib import Path

pytest_plugins = ["pytester"]


def test_readme(pytester):
    readme = Path(__file__).parent.parent.joinpath("README.md").read_text()
    example = re.search(r"<!-- test: readme -->\n```python\n(.*?)```", readme, re.S)
    pytester.makepyfile(example[1])
    pytester.makeini("[pytest]\nmocknito_demo = true\n")
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=3)
