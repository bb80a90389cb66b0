"""Signals are the main thread's: every other thread of ours blocks them."""

from __future__ import annotations

import signal


def block_signals() -> None:
    """Let no signal that a handler of ours takes be delivered to this thread."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
