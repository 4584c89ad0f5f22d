"""No tracked file holds a machine's path or a registry's address, and what is pinned is what is declared."""

import re
import subprocess
import tomllib
from pathlib import Path

ADDRESS = re.compile(r"index-url|find-links|https?://[\w.-]*/(?:simple|pypi)\b|pypi\.")
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|work|Users|mnt)/\w")


def tracked(root: Path) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True)
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    found = [root / name for name in names] or [
        p for p in root.rglob("*") if p.suffix in {".py", ".toml", ".txt", ".md"}
    ]
    return [p for p in found if p.is_file() and p.suffix != ".svg" and p.name != Path(__file__).name]


def test_no_machine_and_no_registry(root: Path) -> None:
    """Assert that the project could be anyone's: neither pattern occurs in any file."""
    files = tracked(root)
    assert len(files) > 30
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        assert (path.name, ADDRESS.search(text)) == (path.name, None)
        assert (path.name, MACHINE.search(text)) == (path.name, None)


def test_the_patterns_bite() -> None:
    """Assert that a planted address and a planted path are seen."""
    assert ADDRESS.search("--extra-index-url https://example.org/simple")
    assert MACHINE.search("open('/home/someone/data')")


def test_every_dependency_is_pinned(root: Path) -> None:
    """Assert that each declared requirement has an exact version in constraints.txt that satisfies its lower limit."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.lower().split("==") for line in lines if line and not line.startswith("#"))

    def version(text: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", text)]

    assert wanted
    for requirement in wanted:
        name, low = requirement.lower().split(">=")
        assert version(pinned[name]) >= version(low), requirement
