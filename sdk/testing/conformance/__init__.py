"""Checks on what a kernel says and does, for any kernel in any language, through real sockets.

    report = check_kernelspec("bash")
    print(report.render())
    assert report.passed

The checks stand in chapters: `kernel_info`, `envelope`, `execution`, `output`, `stdin`, `code`, `comms`, `busy`,
`subshells` and `life`.
"""

from __future__ import annotations

from sdk.testing.conformance.check import Check
from sdk.testing.conformance.report import Outcome, Report
from sdk.testing.conformance.run import CHECKS, check_kernelspec

__all__ = ["CHECKS", "Check", "Outcome", "Report", "check_kernelspec"]
