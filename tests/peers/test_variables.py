"""Variables between our kernels and ipykernel, with pandas and scipy, which this environment need not have.

They are in an environment of their own, whose kernel is installed as `foreign`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import install
from tests.magics.conftest import Live, error_of, started
from tests.peers.test_ipykernel import run

NEEDS = ["ipykernel", "numpy", "pandas", "scipy"]

_FRAME = """
import numpy as np, pandas as pd
df = pd.DataFrame({
    "n": [1, 2, 3], "f": [0.5, np.nan, -0.0], "s": ["a", "é", None], "b": [True, False, True],
    "t": pd.to_datetime(["2020-01-01", "2021-02-03", None]), "i": pd.array([1, None, 3], dtype="Int64"),
    "c": pd.Categorical(["x", "y", "x"]), 5: np.arange(3, dtype="u1"),
}, index=pd.Index(["p", "q", "r"], name="key"))
"""


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Jupyter's with the kernelspec."""
    folder = tmp_path_factory.mktemp("foreign")
    python = folder / "venv" / "bin" / "python"
    run([sys.executable, "-m", "venv", str(folder / "venv")])
    install(python, *NEEDS)
    kernelspec = folder / "kernels" / "foreign"
    kernelspec.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    document = {"argv": argv, "display_name": "Foreign", "language": "python"}
    (kernelspec / "kernel.json").write_text(json.dumps(document))
    return folder


@pytest.fixture(scope="module", params=["bash", "octave"])
def notebook(request: pytest.FixtureRequest, jupyter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A kernel of ours beside which `foreign` can be used."""
    with started(request.param, tmp_path_factory.mktemp("notebook"), env={"JUPYTER_PATH": str(jupyter)}) as live:
        live.client.patience = 60.0
        yield live


def _foreign(notebook: Live, code: str) -> str:
    done = notebook.run(f"%%kernel foreign\n{code}")
    assert done.error is None, done.error
    return done.text()


def test_a_table_goes_from_one_python_to_another_as_it_is(notebook: Live) -> None:
    _foreign(notebook, _FRAME)
    assert error_of(notebook.run("%put df --as back --from foreign --to foreign")) is None
    shown = _foreign(
        notebook,
        "same = df.assign(i=df.i.astype(float), c=df.c.astype(back.c.dtype))\n"
        "pd.testing.assert_frame_equal(back, same); print(list(back.columns), back.index.name)",
    )
    assert shown == "['n', 'f', 's', 'b', 't', 'i', 'c', 5] key\n"


def test_a_table_goes_to_the_notebook_and_back(notebook: Live) -> None:
    _foreign(notebook, f"{_FRAME}\ndf = df[['n', 'f', 's', 'b']].reset_index(drop=True)")
    assert error_of(notebook.run("%get df --from foreign")) is None
    assert error_of(notebook.run("%put df --as back --to foreign --table")) is None
    assert _foreign(notebook, "print([kind.kind for kind in back.dtypes][:2], back.b.dtype)") == "['i', 'f'] bool\n"
    shown = _foreign(notebook, "print(back.n.tolist(), back.f.tolist(), back.s.fillna('').tolist(), back.b.tolist())")
    assert shown == "[1, 2, 3] [0.5, nan, -0.0] ['a', 'é', ''] [True, False, True]\n"


def test_sparse_matrices(notebook: Live) -> None:
    if notebook.name != "octave":
        _foreign(notebook, "import scipy.sparse as sp; m = sp.eye(2)")
        told = error_of(notebook.run("%get m --from foreign"))
        assert told is not None
        assert told[1].startswith("%get: variable 'm': a sparse matrix has no like in bash")
        return
    _foreign(notebook, "import numpy as np, scipy.sparse as sp; m = sp.csr_matrix(np.array([[0, 5.5], [6, 0]]))")
    assert error_of(notebook.run("%get m --from foreign")) is None
    assert notebook.run("printf ('%d %s', issparse (m), mat2str (full (m)))").text() == "1 [0 5.5;6 0]"
    assert error_of(notebook.run("m(1,1) = 2i; %no magic\n")) is None
    assert error_of(notebook.run("%put m --to foreign")) is None
    assert _foreign(notebook, "print(m.toarray().tolist())") == "[[2j, (5.5+0j)], [(6+0j), 0j]]\n"


def test_what_has_no_like_is_named(notebook: Live) -> None:
    _foreign(notebook, _FRAME)
    told = error_of(notebook.run("%get df --from foreign"))
    assert told is not None
    assert told[1].startswith("%get: df['t']: an array of type <M8[")
    _foreign(notebook, "zoned = pd.DataFrame({'t': pd.to_datetime(['2020-01-01']).tz_localize('UTC')})")
    told = error_of(notebook.run("%get zoned --from foreign"))
    assert told is not None
    assert told[1].startswith("%get: zoned['t'][0]: a Python value of type pandas.Timestamp cannot be given")
