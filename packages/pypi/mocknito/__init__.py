"""Where the program is: among the scripts of the environment that this package is installed in."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

__all__ = ["binary"]


def binary() -> str:
    """The path of the program."""
    name = "mocknito.exe" if sys.platform == "win32" else "mocknito"
    folders = [Path(sysconfig.get_path("scripts"))]
    # `pip install --user`.
    folders.append(Path(sysconfig.get_path("scripts", _user_scheme())))
    # `pip install --target` or `--prefix`: beside this package, or beside its `lib`.
    here = Path(__file__).resolve().parent
    folders.append(here.parent / "bin")
    folders.extend(parent.parent / "bin" for parent in here.parents if parent.name == "lib")
    for folder in folders:
        if (path := folder / name).is_file():
            return os.fspath(path)
    looked = ", ".join(str(folder) for folder in folders)
    raise FileNotFoundError(f"the program {name} is in none of {looked}: install mocknito again")


def _user_scheme() -> str:
    return sysconfig.get_preferred_scheme("user") if sys.version_info >= (3, 10) else (
        "nt_user" if os.name == "nt" else "posix_user"
    )
