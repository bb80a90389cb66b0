"""`Interpreter`: IPython's shell and all that the kernel puts around it. `running` makes it and undoes it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from traitlets.config.loader import Config

from python_kernel.cells import Cells
from python_kernel.command_line import Arguments
from python_kernel.completion import Completion
from python_kernel.contexts import OUTLIVING, Contexts
from python_kernel.debuggers import ipythons_pdb
from python_kernel.history import Past
from python_kernel.inspection import Inspection
from python_kernel.nested_runs import NestedRuns
from python_kernel.notices import Notices
from python_kernel.output import Output, shown_in_cells
from python_kernel.profile import Profile, read_profile
from python_kernel.questions import Questions
from python_kernel.serving import MODES, module, served
from python_kernel.settings import apply, check, without_cause
from python_kernel.shell import ZMQInteractiveShell
from python_kernel.sleeping import Sleeping
from python_kernel.startup import Startup, silence, wanted
from python_kernel.stray_errors import StrayErrors
from sdk.named_tuple import NamedTuple

if TYPE_CHECKING:
    from python_kernel.application import IPKernelApp
    from python_kernel.kernel import PythonKernel


class Interpreter(NamedTuple):
    """The parts that answer requests."""

    contexts: Contexts
    shell: ZMQInteractiveShell
    cells: Cells
    completion: Completion
    inspection: Inspection
    past: Past
    startup: Startup
    output: Output


@contextmanager
def running(kernel: PythonKernel, last: ExitStack) -> Iterator[Interpreter]:
    """The interpreter of `kernel`; in here input(), threads, ... belong to cells. So does sys.stdout, while `last` is.

    That is longer: the words of exit handlers are shown yet.
    """
    nested_runs, sleeping = NestedRuns(), Sleeping()
    notices = Notices(kernel.host.log)
    profile = _profile(kernel, notices)
    app = _application(kernel, profile)
    if app is not None and not app.capture_fd_output:
        kernel.capture_fd_output = False
    if kernel.outliving_output not in OUTLIVING:
        notices.tell(f"outliving_output = {kernel.outliving_output!r}: expected one of {OUTLIVING}")
    if kernel.ipykernel_api not in MODES:
        notices.tell(f"ipykernel_api = {kernel.ipykernel_api!r}: expected one of {MODES}")
        kernel.ipykernel_api = MODES[0]
    contexts = Contexts(kernel.outliving_output)
    stray = StrayErrors(contexts)

    def prepare() -> None:
        """Before each cell, in its thread."""
        if kernel.debugger is not None:
            kernel.debugger.cell_begins()
        nested_runs.cells_run_in_this_loop()
        stray.show_those_of_this_loop()
        if threading.current_thread() is not threading.main_thread():
            sleeping.can_be_interrupted_here()

    with ExitStack() as undo:
        undo.callback(sleeping.undo)
        undo.enter_context(served(kernel.ipykernel_api))
        undo.enter_context(contexts.following_threads())
        output = last.enter_context(shown_in_cells(kernel, contexts, notices.tell))
        undo.enter_context(stray.of_threads_shown())
        undo.enter_context(Questions(contexts).asked_by_the_user())
        undo.enter_context(ipythons_pdb())
        if kernel.nested_asyncio:
            undo.enter_context(nested_runs.allowed())
        shell: Any = _shell(kernel, contexts, profile, notices, last)
        contexts.find_kernel = lambda: shell.kernel
        undo.callback(shell.highlighting.undo)
        if kernel.is_guest:
            undo.callback(_forget, shell, kernel)
        undo.enter_context(shell.builtin_trap)  # for good: with subshells one cell would end it under another
        undo.enter_context(_comms(kernel, shell))
        if app is None or not app.ignore_cwd:
            _put_folder_back()
        cells = Cells(
            shell,
            shut_down=kernel.host.shut_down,
            prepare=prepare,
            greet=notices.show,
            begin=output.begin,
            end=output.end,
        )
        startup = Startup(shell, cells, profile, app, notices.tell)
        completion = Completion(shell, reads_code=not _chooses_jedi(profile.config))
        yield Interpreter(
            contexts,
            shell,
            cells,
            completion,
            Inspection(shell),
            Past(shell),
            startup,
            output,
        )


@contextmanager
def _comms(kernel: PythonKernel, shell: ZMQInteractiveShell) -> Iterator[None]:
    """In here the `comm` package's comms are the kernel's."""

    def call(callback: Callable[[Any], object], message: Any) -> None:
        shell.events.trigger("pre_execute")
        try:
            callback(message)
        finally:
            loop = kernel.loop
            if threading.current_thread() is not threading.main_thread() and loop is not None and not loop.is_closed():
                # JupyterLab sends to a subshell what is for widgets: a future that a callback has resolved belongs to
                # a cell of the main shell nevertheless, and asyncio does not look by itself.
                loop.call_soon_threadsafe(_nothing)
        shell.events.trigger("post_execute")  # where matplotlib shows the figures that a callback drew

    comms = kernel.host.comms
    comms.whose = shell.contexts.current  # also in threads
    comms.find_kernel, comms.call, comms.before_publishing = lambda: shell.kernel, call, shell.contexts.catch_up
    comms.install()
    try:
        yield
    finally:
        comms.uninstall()


def _forget(shell: ZMQInteractiveShell, kernel: PythonKernel) -> None:
    """The process goes on without it."""
    if kernel.facade is not None:
        kernel.facade.forget()
    shell.restore_sys_module_state()
    shell.history_manager.end_session()
    type(shell).clear_instance()


def _nothing() -> None:
    """Wakes a loop."""


def _profile(kernel: PythonKernel, notices: Notices) -> Profile:
    """What command line and files say; wrong things in it are told and left out."""
    arguments = kernel.host.arguments or Arguments()
    for problem in arguments.problems:
        notices.tell(problem)

    def look_at(config: Config, place: str) -> None:
        check(config, place, kernel, notices.tell)

    profile = read_profile(arguments, kernel.host.config, notices.tell, look_at)
    apply(profile.config, kernel)
    return profile


def _application(kernel: PythonKernel, profile: Profile) -> IPKernelApp | None:
    """What is to be done at the start, if anything is."""
    if not wanted(profile.config):
        return None
    from python_kernel.application import IPKernelApp  # start-up time: most kernels have nothing to do

    app = IPKernelApp(config=profile.config, kernel=kernel)
    silence(app)
    return app


def _shell(
    kernel: PythonKernel, contexts: Contexts, profile: Profile, notices: Notices, last: ExitStack
) -> ZMQInteractiveShell:
    traits = {
        "make_kernel": lambda: (kernel.facade_class or module("ipkernel").IPythonKernel).of_running(kernel),
        "host": kernel.host,
        "user_module": kernel.user_module,
        "user_ns": kernel.user_ns,
        "contexts": contexts,
        "ipython_dir": profile.ipython_dir,
        "profile_dir": profile.directory(notices.tell, last),
    }
    config, shell_class = profile.config, kernel.shell_class or ZMQInteractiveShell
    while True:
        try:
            shell: ZMQInteractiveShell = shell_class.instance(config=_configuration(kernel, config), **traits)
        except Exception as error:  # values that only their object can judge
            if not config:
                raise
            config = without_cause(config, error, notices.tell)
        else:
            return shell


def _configuration(kernel: PythonKernel, found: Config) -> Config:
    config = Config(found)
    # Many programs take `"IPKernelApp" in get_ipython().config` for "this is a notebook", some look for the file in it.
    config.IPKernelApp.connection_file = kernel.host.connection_file
    if not _chooses_jedi(config):
        config.Completer.use_jedi = False  # it makes completion ten times slower; IPython's own knows the live objects
    return config


def _chooses_jedi(config: Config) -> bool:
    """Whether the user has said if jedi completes: always, or never."""
    return "use_jedi" in config.Completer or "use_jedi" in config.IPCompleter


def _put_folder_back() -> None:
    """Python was started with -P, so that no file of the notebook's folder could stand in for a module of the kernel.

    The user's imports shall find that folder, after the standard library and before installed packages.
    """
    if "" in sys.path:
        return
    places = [n for n, path in enumerate(sys.path) if path.endswith(("site-packages", "dist-packages"))]
    sys.path.insert(places[0] if places else len(sys.path), "")
