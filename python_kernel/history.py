"""IPython's history, out of the way of cells and of the start: opened when needed, written by a thread in batches.

`KernelHistory` keeps and writes it; `Past` answers history_request.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any
from weakref import ref

from IPython.core.history import HistoryAccessor, HistoryManager
from traitlets import default

from sdk import HistoryReply, HistoryRequest

if TYPE_CHECKING:
    from python_kernel.shell import ZMQInteractiveShell

_BATCH = 2.0  # seconds that a cell waits in memory for others to be written with it
_LOCKED = 1.0  # seconds that another program's lock on the database is waited for
_KEPT = 1000  # cells that wait to be written while it is locked


class KernelHistory(HistoryManager):
    """A HistoryManager whose database is opened at the first read or write, which may be slow on a network disk."""

    _i00 = _i = _ii = _iii = ""  # the last inputs: no traits, which take time to check what they are given

    _writer: _Writer | None = None  # also for one that is only half made, as by copy.deepcopy

    def __init__(self, shell: ZMQInteractiveShell, **traits: Any) -> None:
        self._opening = threading.RLock()
        self._wake = threading.Event()
        self._told = False
        self.using_thread = True
        self.db_input_cache_lock = threading.Lock()
        self.db_output_cache_lock = threading.Lock()
        # Not HistoryManager's: that one opens the database, writes a session into it and starts the thread.
        HistoryAccessor.__init__(self, shell=shell, **traits)
        self.connection_options = {"timeout": _LOCKED, **self.connection_options}
        if hasattr(HistoryManager, "_instances"):
            HistoryManager._instances.add(self)  # IPython stops the threads of these before a fork

    # -- opening -------------------------------------------------------------------------------------------------------

    def init_db(self) -> None:
        """Later: see `_open`."""
        if "db" in self._trait_values:
            super().init_db()  # again, after a file that turned out to be no database

    def new_session(self, conn: Any = None) -> None:
        """Later, or again after %reset."""
        if "db" in self._trait_values:
            super().new_session(conn)

    @default("db")
    def _open(self) -> Any:
        with self._opening:
            if "db" not in self._trait_values:
                from IPython.core.history import DummyDB

                self.db = DummyDB()  # what `init_db` replaces
                super().init_db()
                # IPython has it closed when the process ends: too early, as it is opened after the shell was made.
                if hasattr(self, "_finalizer"):
                    self._finalizer.atexit = False
                self._begin_session()
            return self.db

    def _begin_session(self) -> None:
        import sqlite3  # start-up time: 3 ms, of which the first cell needs nothing

        try:
            super().new_session()
            return
        except sqlite3.OperationalError as error:  # locked, read-only, on a full disk
            self.log.warning("History is kept in memory only: %s: %s", self.hist_file, error)
            self.hist_file = ":memory:"
        except sqlite3.DatabaseError as error:
            self._put_aside(error)
        super().init_db()
        super().new_session()

    def _put_aside(self, error: Exception) -> None:
        """The file is damaged: begin another."""
        path = os.fspath(self.hist_file)
        aside = f"{path}-damaged-{time.strftime('%Y%m%dT%H%M%S')}"
        self.db.close()
        try:
            os.rename(path, aside)
        except OSError:
            self.hist_file = ":memory:"
            self.log.warning("History is kept in memory only: %s: %s", path, error)
        else:
            self.log.warning("History begins anew: %s: %s; the file is now %s", path, error, aside)

    @default("session_number")
    def _number(self) -> int:
        self.db  # noqa: B018  # opening it begins the session
        return int(self._trait_values.get("session_number", 0))

    @property
    def _corrupt_db_limit(self) -> int:  # type: ignore[override]  # IPython only reads it
        """How often IPython, when the database fails, puts the file aside and begins another, before it uses none.

        Only a file that is damaged: one that is locked, or on a full or read-only disk, is others' history too.
        """
        import sqlite3  # start-up time

        return -1 if isinstance(sys.exc_info()[1], sqlite3.OperationalError) else 2

    # -- writing -------------------------------------------------------------------------------------------------------

    @property
    def save_flag(self) -> threading.Event:
        """Set by IPython when there is something to write."""
        return self._wake

    def store_inputs(self, line_num: int, source: str, source_raw: str | None = None) -> None:
        """Remember a cell; it is written a little later."""
        # See sdk.transport.stack: IPython sets an event here, whose lock an interrupt can leave locked for ever.
        __not_interrupted__ = True  # noqa: F841
        # Not `self.enabled`, whose default imports sqlite3 to find out.
        if self._writer is None and self._trait_values.get("enabled", True):
            self._writer = _Writer(self, self._wake)
            self._writer.start()
        super().store_inputs(line_num, source, source_raw)

    def store_output(self, line_num: int) -> None:
        """Remember what a cell has shown."""
        __not_interrupted__ = True  # noqa: F841  # as above
        super().store_output(line_num)

    def writeout_cache(self, conn: Any = None) -> None:
        """Write what is not written yet. What cannot be, because the database is locked, waits for the next time."""
        import sqlite3  # start-up time

        inputs, outputs = list(self.db_input_cache), list(self.db_output_cache)
        try:
            super().writeout_cache(conn)
        except sqlite3.Error as error:
            if self.db_output_cache:  # it has failed before it came to the outputs
                outputs = []
            with self.db_input_cache_lock:
                self.db_input_cache = [*inputs, *self.db_input_cache][-_KEPT:]
            with self.db_output_cache_lock:
                self.db_output_cache = [*outputs, *self.db_output_cache][-_KEPT:]
            if not self._told:
                self._told = True
                self.log.warning("History cannot be written: %s: %s", self.hist_file, error)

    def end_session(self) -> None:
        """Write what is not written yet; nothing if there was nothing at all."""
        self._stop_save_thread()
        if "db" in self._trait_values or self.db_input_cache:
            import sqlite3  # start-up time

            try:
                super().end_session()
            except sqlite3.Error as error:
                self.log.warning("The end of the session is not in the history: %s: %s", self.hist_file, error)

    def close(self) -> None:
        """Stop the thread and close the database, if there are any."""
        self._stop_save_thread()
        if "db" in self._trait_values:
            self.db.close()

    def stop_writing(self) -> None:
        """Only `end_session` writes from now on."""
        self._stop_save_thread()

    def _restart_thread_if_stopped(self) -> None:
        """`store_inputs` does it."""

    def _stop_save_thread(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.stop()


KernelHistory.__name__ = "HistoryManager"  # what %config and configuration files call it


class _Writer(threading.Thread):
    """Writes the cells of the last seconds at once."""

    def __init__(self, history: KernelHistory, wake: threading.Event) -> None:
        super().__init__(name="IPythonHistorySavingThread", daemon=True)
        self._history = ref(history)
        self._wake = wake
        self._stopping = threading.Event()
        self.pydev_do_not_trace = self.is_pydev_daemon_thread = True  # debuggers leave it alone

    def run(self) -> None:
        while True:
            self._wake.wait()
            self._stopping.wait(_BATCH)
            history = self._history()
            if self._stopping.is_set() or history is None:
                return  # what is left is written by end_session
            self._wake.clear()
            history.writeout_cache()
            del history

    def stop(self) -> None:
        """End after what is being written."""
        self._stopping.set()
        self._wake.set()
        if self is not threading.current_thread():
            self.join()


class Past:
    """Answers history_request."""

    def __init__(self, shell: ZMQInteractiveShell) -> None:
        self._shell = shell

    def answer(self, request: HistoryRequest) -> HistoryReply:
        """Entries (session, line number, input) or (session, line number, (input, output))."""
        history: Any = self._shell.history_manager
        options = {"raw": request.raw, "output": request.output}
        if request.hist_access_type == "tail":
            found = history.get_tail(request.n, include_latest=True, **options)
        elif request.hist_access_type == "search":
            found = history.search(request.pattern or "*", n=request.n, unique=bool(request.unique), **options)
        elif request.hist_access_type == "range":
            session = request.session or 0
            found = history.get_range(session, request.start or 0, request.stop, **options)
            # IPython calls the running session 0 also when it was asked for by its number.
            found = ((session if number == 0 and session > 0 else number, line, what) for number, line, what in found)
        else:
            found = ()
        return HistoryReply(list(found))
