#!/usr/bin/env python3
"""Says whether everything that a release publishes has the version of its tag, and the examples
name its image.

    python3 packages/versions.py 1.2.3

The wheel of `mocknito` and its packages of npm take theirs from Cargo.toml when they are made."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
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


def images() -> dict[str, set[str]]:
    """Each example with the versions of the images that it names: `1.2`."""
    examples = sorted(ROOT.glob("examples/*/*.y*ml"))
    paths = [ROOT / "docker-compose.yml", *examples]
    tag = re.compile(r"ghcr\.io/mocknito/mocknito:(\d+(?:\.\d+)*)")
    return {
        str(path.relative_to(ROOT)): set(tag.findall(path.read_text(encoding="utf-8")))
        for path in paths
    }


def complaints(wanted: str) -> Iterator[str]:
    for path, version in versions().items():
        if version != wanted:
            yield f"{path} has {version} and not {wanted}"
    minor = ".".join(wanted.split(".")[:2])
    for path, tags in images().items():
        for tag in sorted(tags - {minor}):
            yield f"{path} has the image {tag} and not {minor}"


if __name__ == "__main__":
    found = list(complaints(sys.argv[1]))
    for complaint in found:
        print(complaint, file=sys.stderr)
    sys.exit(1 if found else 0)
