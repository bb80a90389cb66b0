"""`ipykernel.comm.manager`: the comms of a kernel, where that is not the kernel of this process."""

from __future__ import annotations

import logging
from typing import Any

import comm
import comm.base_comm
from traitlets import Any as AnyTrait
from traitlets.config.configurable import LoggingConfigurable

logger = logging.getLogger("ipykernel.comm")


class CommManager(comm.base_comm.CommManager, LoggingConfigurable):
    """Targets and open comms."""

    kernel: Any = AnyTrait()
    comms: Any = AnyTrait()
    targets: Any = AnyTrait()

    def __init__(self, **kwargs: Any) -> None:
        comm.base_comm.CommManager.__init__(self)
        LoggingConfigurable.__init__(self, **kwargs)

    def comm_open(self, stream: Any, ident: Any, msg: dict[str, Any]) -> None:
        """A client opens a comm, which becomes one of `ipykernel.comm`; without a target it is closed."""
        from .comm import Comm  # each knows the other

        content = msg["content"]
        opened = Comm(
            comm_id=content["comm_id"],
            primary=False,
            target_name=content["target_name"],
            kernel=self.kernel,
            show_warning=False,
        )
        self.register_comm(opened)
        target = self.targets.get(content["target_name"])
        if target is None:
            self.log.error("No such comm target registered: %s", content["target_name"])
        else:
            try:
                target(opened, msg)
                return
            except Exception:  # the user's code
                self.log.exception("Exception opening comm with target: %s", content["target_name"])
        try:
            opened.close()
        except Exception:  # the user's code, too
            self.log.exception("Could not close comm during `comm_open` failure clean-up")
