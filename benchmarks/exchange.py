"""How long an array of 100 MB takes from Python to Octave and back: `python -m benchmarks.exchange`.

Both ways, by `%get` and `%put` in an Octave notebook, and between two other kernels of a bash notebook; and whether it
is the same to the bit afterwards. The figure to guard: there and back in less than a second.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from sdk.testing import Client, KernelProcess

_MADE = "import numpy as np; big = np.random.default_rng(1).random({shape})"
_SAME = "print(big.tobytes() == back.tobytes() and big.shape == back.shape)"
_NOTEBOOKS = {
    "octave_kernel": ("%get big --from python", "%put big --as back --to python"),
    "bash_kernel": ("%put big --from python --to octave", "%put big --as back --from octave --to python"),
}


def main() -> None:
    """Measure, and print a line for each notebook and shape."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=100.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    count = int(options.megabytes * 1e6 / 8 / 1000) * 1000
    for package, (there, back) in _NOTEBOOKS.items():
        argv = [sys.executable, "-m", package, "-f", "{connection_file}"]
        with KernelProcess(argv) as process, process.client() as client:
            for shape in ((count,), (1000, count // 1000)):
                _run(client, f"%%kernel python\n{_MADE.format(shape=shape)}")
                _run(client, there)  # starts what does not run yet
                times = [[_run(client, cell)[0] for cell in (there, back)] for _ in range(options.rounds)]
                ways = [statistics.median(way) for way in zip(*times, strict=True)]
                both = [sum(pair) for pair in times]
                same = _run(client, f"%%kernel python\n{_SAME}")[1].strip()
                print(
                    f"{package} {shape}: there {ways[0]:.3f} s, back {ways[1]:.3f} s; "
                    f"both {statistics.median(both):.3f} s, at best {min(both):.3f} s; equal to the bit: {same}"
                )


def _run(client: Client, code: str) -> tuple[float, str]:
    begin = time.perf_counter()
    done = client.execute(code, timeout=120)
    taken = time.perf_counter() - begin
    if done.error is not None:
        raise SystemExit(f"{code}: {done.error.ename}: {done.error.evalue}")
    return taken, done.text()


if __name__ == "__main__":
    main()
