"""`make bench`: the benchmarks, one after the other. Each says what it compares with; name some to run only those.

The soak takes an hour, the scale half of one; they run only by their names.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """The worst exit status of the benchmarks that were run."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    chosen = sys.argv[1:] or [name for name in found if name not in ("soak", "scale")]
    worst = 0
    for name in chosen:
        if name not in found:
            print(f"there is no benchmark {name!r}; known: {', '.join(found)}", file=sys.stderr)
            return 2
        print(f"== {name}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
