"""Builds the wheels of this folder, for ``pip install`` and for ``npm run package:wheel``.

The same sources make the same bytes, whatever the machine and the version of Python: a wheel is written here as its
standard says, without compression, and needs no package to be built.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sys
import time
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional

_PYTHON = Path(__file__).resolve().parent.parent
_ROOT = _PYTHON.parent
_EARLIEST = 315532800
"""A zip knows no time before 1980."""


class Wheel:
    """The files of a wheel, and what is known of them."""

    def __init__(self, name: str, summary: str, fields: List[str]):
        self.name = name
        self.stem = f"{name.replace('-', '_')}-{version()}"
        self._metadata = [
            "Metadata-Version: 2.1",
            f"Name: {name}",
            f"Version: {version()}",
            f"Summary: {summary}",
            "License: Apache-2.0",
            "Requires-Python: >=3.9",
            *fields,
        ]
        self._files: Dict[str, bytes] = {}

    def add(self, path: str, content: bytes) -> None:
        self._files[path] = content

    def add_folder(self, folder: Path, below: str = "") -> None:
        for file in sorted(folder.rglob("*")):
            if file.suffix == ".py" or file.name == "py.typed":
                self.add(below + file.relative_to(folder.parent).as_posix(), file.read_bytes())

    def metadata(self) -> Dict[str, bytes]:
        """The files of the folder ``.dist-info``, without the list of all files."""
        return {
            f"{self.stem}.dist-info/LICENSE": (_ROOT / "LICENSE").read_bytes(),
            f"{self.stem}.dist-info/METADATA": _lines(self._metadata),
            f"{self.stem}.dist-info/WHEEL": _lines(
                ["Wheel-Version: 1.0", "Generator: tocsin", "Root-Is-Purelib: true", "Tag: py3-none-any"]
            ),
        }

    def write(self, folder: str) -> str:
        """Writes the wheel, and returns the name of its file."""
        files = {**self._files, **self.metadata()}
        record = f"{self.stem}.dist-info/RECORD"
        listed = [f"{path},sha256={_digest(content)},{len(content)}" for path, content in files.items()]
        files[record] = _lines([*listed, f"{record},,"])
        name = f"{self.stem}-py3-none-any.whl"
        with zipfile.ZipFile(Path(folder, name), "w") as archive:
            for path, content in files.items():
                archive.writestr(_entry(path), content)
        return name


def client() -> Wheel:
    wheel = Wheel(
        "tocsin",
        "Client for Tocsin, one event bus for infrastructure",
        ["Provides-Extra: msgpack", 'Requires-Dist: msgpack; extra == "msgpack"'],
    )
    wheel.add_folder(_PYTHON / "tocsin")
    return wheel


def shims() -> Wheel:
    """Modules with the names of the vendors'. They are found after all others, so that genuine ones stay in place."""
    wheel = Wheel(
        "tocsin-shims",
        "Runs programs for NSO, ConfD and SCTP with Tocsin where the vendors' modules are not installed",
        [f"Requires-Dist: tocsin (=={version()})"],
    )
    for folder in sorted((_PYTHON / "shims").iterdir()):
        wheel.add_folder(folder, "tocsin_shims/")
    wheel.add("tocsin_shims.pth", _lines(["tocsin_shims"]))
    return wheel


def version() -> str:
    """The version of the project, in the form that Python wants: ``1.2.0-rc.1`` is ``1.2.0rc1``."""
    found = json.loads((_ROOT / "package.json").read_text("utf-8"))["version"]
    return re.sub(r"-(a|b|rc)[a-z]*\.?(?=\d)", r"\1", found)


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Optional[str] = None) -> str:
    """Called by ``pip`` (PEP 517)."""
    return client().write(wheel_directory)


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Called by tools that make an archive of sources (PEP 517)."""
    raise UnsupportedOperation("the sources of the whole project are the sources of this package")


class UnsupportedOperation(Exception):
    """The name is that of PEP 517."""


def _entry(path: str) -> zipfile.ZipInfo:
    moment = max(_EARLIEST, int(os.environ.get("SOURCE_DATE_EPOCH") or _EARLIEST))
    entry = zipfile.ZipInfo(path, time.gmtime(moment)[:6])
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    return entry


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _lines(lines: List[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


if __name__ == "__main__":
    for each in (client(), shims()):
        print(each.write(sys.argv[1]))
