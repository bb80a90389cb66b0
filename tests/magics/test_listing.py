"""`%lsmagic` and `%reload_magics`, in every kernel."""

from __future__ import annotations

from tests.magics.conftest import Live, error_of


def test_lists_line_magics_and_cell_magics_with_the_kernels_prefix(any_kernel: Live) -> None:
    done = any_kernel.run("%lsmagic")
    assert done.error is None
    assert "Line magics:\n" in done.text()
    assert "%lsmagic" in done.text()
    any_kernel.goes_on()


def test_an_unknown_option_is_named_with_one_that_is_meant_perhaps(any_kernel: Live) -> None:
    error = error_of(any_kernel.run("%lsmagic --verbos1"))
    assert error is not None
    assert error[0] == "UsageError"
    assert error[1].startswith("%lsmagic: --verbos1: no such option; did you mean --verbose?")
    any_kernel.goes_on()
