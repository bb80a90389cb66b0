"""`Screen`: what Octave draws on when its toolkit wants a window system: the user's, or an Xvfb of our own."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_LIMIT = 10.0  # seconds in which Xvfb must be there
_SIZE = "1600x1200x24"
_UNTIL_WE_ARE_GONE = '"$@" & cat > /dev/null; kill $!; wait'
"""A script: its standard input ends with us, however that may come about."""


class ScreenError(Exception):
    """There is no screen; the message says why, and the remedy."""


class Screen:
    """One screen, which ends with us."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._display = ""

    @property
    def is_there(self) -> bool:
        """Whether people can see windows."""
        return bool(os.environ.get("DISPLAY"))

    def start(self, *, private: bool) -> str:
        """The display to draw on. With `private` an Xvfb will do if the user has none. Raises ScreenError."""
        if self.is_there:
            return os.environ["DISPLAY"]
        if not private:
            raise ScreenError("windows take a screen, and there is none: the variable DISPLAY is not set")
        self.stop()
        program = shutil.which("Xvfb")
        if program is None:
            raise ScreenError(
                "this toolkit takes a screen. The variable DISPLAY is not set, and there is no Xvfb, which makes a "
                "screen that nobody sees (Debian and Ubuntu: apt install xvfb). The toolkit gnuplot takes none"
            )
        self._display = self._serve(program)
        return self._display

    def stop(self) -> None:
        """End it, if it is ours and still there."""
        server, self._server = self._server, None
        if server is not None:
            assert server.stdin is not None
            server.stdin.close()
            server.wait()

    def _serve(self, program: str) -> str:
        import select  # start-up time: hardly anybody wants a screen
        import subprocess

        told, tell = os.pipe()
        command = [program, "-displayfd", str(tell), "-screen", "0", _SIZE, "-noreset", "-nolisten", "tcp"]
        with os.fdopen(told, "rb", buffering=0) as number:
            try:
                self._server = subprocess.Popen(
                    ["/bin/sh", "-c", _UNTIL_WE_ARE_GONE, "sh", *command],
                    pass_fds=[tell],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as error:
                raise ScreenError(f"{program}: {error.strerror}") from None
            finally:
                os.close(tell)
            ready = select.select([number], [], [], _LIMIT)[0]
            display = number.readline().strip() if ready else b""  # all of it: it would not outlive a closed pipe
        if not display:
            self.stop()
            raise ScreenError(f"{program} gave no screen: see what this says: {' '.join([program, *command[3:]])} :99")
        return f":{display.decode()}"
