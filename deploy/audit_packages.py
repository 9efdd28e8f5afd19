"""Asks pip-audit whether holes are known in what images are built with: exit code 1 where there are.

Where the service that knows them cannot be reached, or does not know packages, that is said, and is no
failure: nothing was found then. `make audit` calls this; pip-audit stands beside the Python that runs it.
"""

import json
import subprocess
import sys
from pathlib import Path

LOCKS = Path(__file__).parent / "locks"


def main() -> int:
    """Audit every lock, one line each and one for each hole."""
    holes = 0
    for name in ("bot", "worker", "worker-gpu"):
        holes += _audit(LOCKS / f"{name}.txt")
    return 1 if holes else 0


def _audit(lock: Path) -> int:
    command = [Path(sys.executable).with_name("pip-audit"), "--requirement", lock, "--require-hashes"]
    done = subprocess.run(  # noqa: S603 - arguments are written here
        [*map(str, command), "--disable-pip", "--progress-spinner", "off", "--format", "json"],
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        cause = (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        sys.stdout.write(f"{lock.name}: NOT AUDITED, the service cannot be reached: {cause}\n")
        return 0
    known = [package for package in packages if "vulns" in package]
    holes = [(package, hole) for package in known for hole in package["vulns"]]
    for package, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no version yet"
        told = f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}"
        sys.stdout.write(f"{lock.name}: {told}\n")
    if not known:
        sys.stdout.write(f"{lock.name}: NOT AUDITED, the service knows none of {len(packages)} packages\n")
    else:
        told = f"{len(holes)} holes known in {len(known)} of {len(packages)} packages"
        sys.stdout.write(f"{lock.name}: {told}; the service does not know the others\n")
    return len(holes)


if __name__ == "__main__":
    sys.exit(main())
