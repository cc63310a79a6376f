"""The layers that Keras lacks or does slowly."""

import logging
from typing import Any

from seqframe.layers.choice import choose_engine
from seqframe.layers.lstm import LSTM
from seqframe.layers.samples import walk_reason
from seqframe.layers.time_distributed import TimeDistributed

__all__ = ["LSTM", "TimeDistributed", "engines"]
logger = logging.getLogger(__name__)


def engines(model: Any) -> dict[str, str]:
    """What runs each layer of a model in training; and why it is the slower one, where there is a choice."""
    chosen = {}
    for layer in model.layers:
        chosen[layer.name] = "Keras"
        if isinstance(layer, LSTM):
            chosen[layer.name] = str(choose_engine(layer, layer.input))
        elif isinstance(layer, TimeDistributed):
            reason = walk_reason(layer.layer, training=True)
            chosen[layer.name] = f"Keras, step by step: {reason}" if reason else "folded into the batch"
    for name, engine in chosen.items():
        logger.info("%s, %s: %s", model.name, name, engine)
    return chosen
