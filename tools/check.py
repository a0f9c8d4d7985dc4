"""Run all linters; print which failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS = {
    "ruff": ["ruff", "check", "-q", "."],
    "ruff format": ["ruff", "format", "-q", "--check", "app", "tools", "tests", "migrations"],
    "mypy": ["mypy", "--no-error-summary"],
    "import-linter": ["lint-imports", "--no-cache"],
    "djlint": ["djlint", "--lint", "--quiet", "app/web/templates"],
    "processes": ["flask", "processes", "check"],
}


def main() -> None:
    """Run them all, then say which did not pass."""
    files = sorted(str(f.relative_to(ROOT)) for f in (ROOT / "processes").glob("*.*"))
    forms = sorted(str(f.relative_to(ROOT)) for f in (ROOT / "forms").rglob("*.form"))
    failed = []
    for name, command in CHECKS.items():
        more = files + forms if name == "processes" else []
        program = [str(BIN / command[0]), *command[1:], *more]
        done = subprocess.run(program, cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stdout, done.stderr, sep="", end="")
            failed.append(name)
    if failed:
        sys.exit(f"make check: {', '.join(failed)} 没有通过。")
    print(f"make check: {', '.join(CHECKS)} 全部通过。")


if __name__ == "__main__":
    main()
