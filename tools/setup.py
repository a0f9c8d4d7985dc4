"""Set up a checkout: virtual environment, locked requirements, front end.

Runs under the system's Python, so it uses nothing but the standard library and must be
readable to an old one until it has said that it is too old.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
BUILT = ("app/web/assets", "app/feel/js", "app/printing/fonts.mjs")


def main() -> None:
    """Do what is not done yet; each step leaves a stamp of what it was made from."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this line is for the old ones
        sys.exit("需要 Python 3.11 或更高版本：请安装后用 make run PYTHON=python3.11 指明。")
    _venv()
    name = "requirements-dev.txt" if "--dev" in sys.argv else "requirements.txt"
    _requirements(ROOT / name)
    _front_end()


def _venv() -> None:
    if (BIN / "python").exists():
        return
    try:
        import ensurepip  # noqa: F401 - missing where Debian splits the package
        import venv  # noqa: F401
    except ImportError:
        sys.exit("缺少 Python 的 venv 模块：请先安装，例如 apt install python3-venv。")
    _run("建立虚拟环境没有成功", sys.executable, "-m", "venv", str(VENV))


def _requirements(locked: Path) -> None:
    stamp = VENV / f"{locked.stem}.stamp"
    # What tests need includes what the product needs.
    if _same(VENV / "requirements-dev.stamp", ROOT / "requirements-dev.txt") and _same(
        VENV / "requirements.stamp", ROOT / "requirements.txt"
    ):
        return
    if _same(stamp, locked):
        return
    print(f"安装依赖（{locked.name}）…", flush=True)
    _run(
        "安装依赖没有成功，请检查网络后再试",
        str(BIN / "python"),
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        str(locked),
    )
    stamp.write_text(_digest([locked]))
    if locked.name == "requirements-dev.txt":
        (VENV / "requirements.stamp").write_text(_digest([ROOT / "requirements.txt"]))


def _front_end() -> None:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    lock, modules = ROOT / "package-lock.json", ROOT / "node_modules"
    if not _same(modules / "installed.stamp", lock):
        print("安装前端依赖…", flush=True)
        # Install scripts of packages are never run.
        _run(
            "安装前端依赖没有成功，请检查网络后再试",
            str(BIN / "npm"),
            "ci",
            "--ignore-scripts",
            "--silent",
            environment=environment,
        )
        (modules / "installed.stamp").write_text(_digest([lock]))
    sources = [lock, *(file for place in BUILT for file in _files(ROOT / place))]
    stamp = ROOT / "app/web/static/built/built.stamp"
    if stamp.exists() and stamp.read_text() == _digest(sources):
        return
    print("构建前端…", flush=True)
    _run("构建前端没有成功", str(BIN / "npm"), "run", "--silent", "build", environment=environment)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(_digest(sources))


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(file for file in place.rglob("*") if file.is_file())


def _same(stamp: Path, source: Path) -> bool:
    return stamp.exists() and stamp.read_text() == _digest([source])


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _run(failure: str, *command: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{failure}（{' '.join(command[-3:])}）。")


if __name__ == "__main__":
    main()
