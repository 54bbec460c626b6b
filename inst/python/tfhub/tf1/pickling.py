"""What a pickle has of a handle."""

from __future__ import annotations

from typing import Any

from ..travelling import as_given, travelling


class Pickled:
    """What is pickled with its handle, the text `module_spec_path`, without a login.

    A pickle goes to other people and machines. Within the process, where columns are
    copied and compared, it gives the handle back as it was.
    """

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        path = state["module_spec_path"]
        if isinstance(path, str):
            state["module_spec_path"] = travelling(path, "The pickle of a column")
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        path = state["module_spec_path"]
        handle = as_given(path) if isinstance(path, str) else path
        self.__dict__.update(state, module_spec_path=handle)
