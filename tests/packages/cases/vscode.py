"""What VS Code runs in the kernel of a notebook: at its start, for completions, for its view of variables.

Its cells are hidden: they are run with `store_history` false, and take no number.
"""

from __future__ import annotations

import json
import re
from textwrap import dedent

from tests.packages.case import Case, Step, View, until
from tests.packages.messages import Seen
from tests.packages.notebook import Notebook

MIME = "application/vnd.test.completions"


def hidden(code: str) -> Step:
    """A cell that the user does not see."""

    def step(notebook: Notebook) -> None:
        notebook.execute(dedent(code).strip(), silent=False, store_history=False, stop_on_error=False, allow_stdin=True)

    return step


def _started(view: View) -> None:
    assert not view.errors
    (version,) = re.findall(r"ipywidgets (\S+)", view.text())
    assert version.startswith("8.")
    assert "ENV/bin/python" in view.text()
    assert [one.content["execution_count"] for one in view.of("execute_input")][-2:] == [1, 2]
    assert len(view.shown("image/png")) == 1


def _completed(view: View) -> None:
    (update,) = view.of("update_display_data")
    assert [match.removeprefix(".") for match in update.content["data"][MIME]["matches"]] == ["breadth"]
    assert update.content["transient"]["display_id"] == view.of("display_data")[0].content["transient"]["display_id"]


def _inspected(view: View) -> None:
    (update,) = view.of("update_display_data")
    assert "The breadth of it." in update.content["data"][MIME]["data"]["text/plain"]


def _variables(view: View) -> None:
    assert json.loads(view.text())[-1] == {"name": "table", "type": "DataFrame", "shape": [2, 1]}


def _asked_in_the_background(call: str) -> str:
    return f"""
        def _ask():
            import threading
            from IPython.display import display
            handle = display({{'{MIME}': ''}}, raw=True, display_id=True)
            may_start = threading.Event()
            get_ipython().events.register('post_run_cell', lambda *_: may_start.set())

            def work():
                may_start.wait()
                result = get_ipython().kernel.{call}
                result.pop('metadata', None)
                handle.update({{'{MIME}': result}}, raw=True)

            threading.Thread(target=work, daemon=True).start()
        _ask()
        del _ask
        """


def completed_whenever(messages: list[Seen]) -> list[Seen]:
    """What comes from the thread comes before the cell's idle or after it; and the code as it is when completed.

    ipykernel may put the dot into the completion.
    """
    found = []
    for one in without_numbers_of_replies(messages):
        reply = one.content.get("data", {}).get(MIME)
        if reply and "matches" in reply:
            texts = ["thing.br"[: reply["cursor_start"]] + match for match in reply["matches"]]
            found.append(one._replace(content={"completed": texts}))
        else:
            found.append(one)
    return sorted(found, key=lambda one: one.msg_type == "update_display_data")


def _says(view: View, text: str) -> None:
    assert view.text() == text


def _result(view: View, text: str) -> None:
    assert view.shown("text/plain") == [text]


def _version(view: View) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", view.text())


def without_numbers_of_replies(messages: list[Seen]) -> list[Seen]:
    """A hidden cell's reply has the number of its execute_input, and ipykernel's the one before."""
    return [
        one._replace(content={**one.content, "execution_count": None}) if one.msg_type == "execute_reply" else one
        for one in messages
    ]


CASES = [
    Case(
        "start",
        [
            hidden("%config Completer.use_jedi = False"),
            hidden("__vsc_ipynb_file__ = '/somewhere/notebook.ipynb'"),
            hidden(
                """
                try:
                    import matplotlib
                    import matplotlib_inline
                    %matplotlib inline
                    matplotlib.rcParams['figure.figsize'] = (2, 1)
                except ImportError:
                    pass
                """
            ),
            hidden("import ipywidgets as _w; print('ipywidgets', _w.__version__); del _w"),
            hidden(
                """
                def _chat():
                    import sys, types
                    vscode, chat = types.ModuleType('vscode'), types.ModuleType('vscode.chat')
                    vscode.chat = chat
                    sys.modules.update({'vscode': vscode, 'vscode.chat': chat})
                _chat(); del _chat
                """
            ),
            hidden("import os as _os; _os.makedirs('folder', exist_ok=True); _os.chdir('folder'); del _os"),
            hidden("import sys as _sys; print(_sys.executable); del _sys"),
            "import os, vscode.chat\nprint(os.path.basename(os.getcwd()), __vsc_ipynb_file__)",
            "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone",
        ],
        _started,
        alike=without_numbers_of_replies,
    ),
    Case(
        "completion",
        [
            "class Thing:\n    breadth = 1\nthing = Thing()",
            hidden(_asked_in_the_background("do_complete('thing.br', 8)")),
            until(lambda view: view.of("update_display_data"), "the completions"),
        ],
        _completed,
        alike=completed_whenever,
    ),
    Case(
        "hover",
        [
            "class Thing:\n    def breadth(self):\n        'The breadth of it.'\nthing = Thing()",
            hidden(_asked_in_the_background("do_inspect('thing.breadth', 13, 0)")),
            until(lambda view: view.of("update_display_data"), "what is known of it"),
        ],
        _inspected,
        alike=completed_whenever,
    ),
    Case(
        "variables",
        [
            "import pandas as pd\nnumber = 3\ntable = pd.DataFrame({'a': [1, 2]})",
            hidden(
                """
                def _variables(names):
                    import builtins, json
                    found = []
                    for name in names:
                        value = globals()[name]
                        one = {'name': name, 'type': type(value).__name__}
                        if hasattr(value, 'shape'):
                            one['shape'] = list(value.shape)
                        found.append(one)
                    return builtins.print(json.dumps(found))
                _variables(['number', 'table'])
                del _variables
                """
            ),
        ],
        _variables,
        alike=without_numbers_of_replies,
    ),
    Case(
        "who",
        [
            hidden(
                """
                def _who():
                    import json
                    from IPython.core.magics.namespace import NamespaceMagics
                    magics = NamespaceMagics()
                    magics.shell = get_ipython().kernel.shell
                    print(json.dumps([name for name in magics.who_ls() if name in ('number', 'table', 'thing')]))
                _who()
                del _who
                """
            )
        ],
        lambda view: _says(view, '["number", "table", "thing"]\n'),
        alike=without_numbers_of_replies,
    ),
    Case(
        "interactive-window",
        [
            hidden(
                """
                def _wrap():
                    import os, types
                    shell = get_ipython()
                    original = shell.run_cell

                    def run_cell(self, *args, **kwargs):
                        os.environ['IPYKERNEL_CELL_NAME'] = '/somewhere/script.py'
                        try:
                            return original(*args, **kwargs)
                        finally:
                            os.environ.pop('IPYKERNEL_CELL_NAME', None)
                    shell.run_cell = types.MethodType(run_cell, shell)
                _wrap()
                del _wrap
                """
            ),
            "import sys\nsys._getframe().f_code.co_filename",
            "del get_ipython().run_cell",
        ],
        lambda view: _result(view, "'/somewhere/script.py'"),
        alike=without_numbers_of_replies,
    ),
    Case(
        "debugger-gate",
        [hidden("import ipykernel\nprint(ipykernel.__version__)")],
        _version,
        alike=without_numbers_of_replies,
    ),
]
