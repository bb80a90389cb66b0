"""Every exception of the SDK, in one tree. The name says whose fault it was. Imports nothing."""

from __future__ import annotations


class KernelSDKError(Exception):
    """Base of all errors that the SDK raises on purpose."""


# -- the wire ----------------------------------------------------------------------------------------------------------


class ProtocolError(KernelSDKError):
    """A message is not what the messaging spec says it is."""


class RemoteProtocolError(ProtocolError):
    """The other side sent something that cannot be taken as a message: it is dropped, counted and logged."""


class ContentError(RemoteProtocolError):
    """A message's envelope is right and its content is not: the request is answered with this error."""


# -- running code ------------------------------------------------------------------------------------------------------


class ExecutionError(KernelSDKError):
    """The user's code failed: what an author's `do_execute` raises.

    `ename` and `evalue` are the spec's fields; `traceback` is a sequence of lines as front-ends show them (ANSI colours
    allowed, no line ends). Without a traceback, front-ends show `ename: evalue`. `shown`: the user has been shown it
    already, in another way, so that it stands in the reply alone.
    """

    def __init__(
        self, ename: str, evalue: str = "", traceback: tuple[str, ...] | list[str] = (), *, shown: bool = False
    ) -> None:
        super().__init__(ename, evalue)
        self.ename = ename
        self.evalue = evalue
        self.traceback = tuple(traceback)
        self.shown = shown

    def __str__(self) -> str:
        return f"{self.ename}: {self.evalue}" if self.evalue else self.ename


class StdinNotImplementedError(KernelSDKError):
    """The code asked for input and the client that sent it cannot answer (`allow_stdin` false)."""


class RequestTimeoutError(KernelSDKError):
    """The author's method did not answer within the time that such a request may take."""


class SupersededError(KernelSDKError):
    """The client has asked for something newer meanwhile: nobody waits for this answer any more."""


class BadReturnValueError(KernelSDKError):
    """An author's method returned something that is not the reply (or MIME bundle) it should return."""


class UnknownSubshellError(KernelSDKError):
    """A request names a subshell that does not exist (JEP 91)."""


class UnsupportedRequestError(KernelSDKError):
    """A request of a type that this kernel does not serve."""


class DebuggerError(KernelSDKError):
    """The debugger could not be started, has ended, or did not answer in time."""


# -- starting and installing -------------------------------------------------------------------------------------------


class ConnectionFileError(KernelSDKError):
    """A connection file or registration file cannot be read, is not complete, or must not be used."""


class LanguageStartError(KernelSDKError):
    """The language could not be started; the message names the command, what it said, and the remedy."""


class NotReachedError(LanguageStartError):
    """The machine, container or user where the language is to be started could not be reached."""


class KernelSpecError(KernelSDKError):
    """A kernelspec cannot be found, installed or removed."""


class ConfigurationError(KernelSDKError):
    """A configuration file, a command-line option or an option's value is wrong."""


# -- the test kit ------------------------------------------------------------------------------------------------------


class ClientError(KernelSDKError):
    """A kernel under test did not do in time what its client waited for; the message tells what came instead."""
