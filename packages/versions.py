#!/usr/bin/env python3
"""Says whether everything that a release publishes has the version of its tag.

    python3 packages/versions.py 1.2.3

The wheel of `mocknito` and its packages of npm take theirs from Cargo.toml when they are made."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def in_toml(path: str) -> str:
    text = ROOT.joinpath(path).read_text(encoding="utf-8")
    found = re.search(r'^version = "(.+)"$', text, re.M)
    if not found:
        raise SystemExit(f"{path} has no version")
    return found[1]


def versions() -> dict[str, str]:
    """Each file with its version."""
    node = json.loads(ROOT.joinpath("packages/node/package.json").read_text(encoding="utf-8"))
    return {
        "Cargo.toml": in_toml("Cargo.toml"),
        "packages/node/package.json": node["version"],
        "packages/python/pyproject.toml": in_toml("packages/python/pyproject.toml"),
    }


if __name__ == "__main__":
    wanted = sys.argv[1]
    other = {path: version for path, version in versions().items() if version != wanted}
    for path, version in other.items():
        print(f"{path} has {version} and not {wanted}", file=sys.stderr)
    sys.exit(1 if other else 0)
