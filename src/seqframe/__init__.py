"""Seqframe: every framing of a sequence for an LSTM, built, trained, tracked and compared side by side.

>>> import seqframe as sf
>>> [framing.name for framing in sf.FRAMINGS][:3]
['one_to_one', 'many_to_one', 'many_to_many']
"""

import os
from importlib import import_module
from typing import Any

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # its own pool does not give free memory back

__version__ = "0.1.0"

PUBLIC = {  # public names, and the modules that define them, which are imported when a name is first used
    "FRAMINGS": "framings",
    "UserError": "errors",
    "classify": "api.comparison",
    "compare": "api.comparison",
    "describe": "api.description",
    "frame": "api.arrays",
    "label": "api.comparison",
    "load_classifier": "forecasting",
    "load_example": "api.examples",
    "load_forecaster": "forecasting",
    "sequence_table": "api.inputs",
    "sweep": "api.search",
}

__all__ = ["__version__", *PUBLIC]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
