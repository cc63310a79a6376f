"""The layers that Keras lacks or does slowly."""

import logging
from typing import Any

from seqframe.networks.layers.lstm import LSTM, choose_backend
from seqframe.networks.layers.time_distributed import TimeDistributed, why_not_foldable

__all__ = ["LSTM", "TimeDistributed", "describe_backends"]
logger = logging.getLogger(__name__)


def describe_backends(model: Any) -> dict[str, str]:
    """What runs each layer of a model in training; and why it is the slower one, where there is a choice."""
    chosen = {}
    for layer in model.layers:
        chosen[layer.name] = "Keras"
        if isinstance(layer, LSTM):
            chosen[layer.name] = str(choose_backend(layer, layer.input))
        elif isinstance(layer, TimeDistributed):
            reason = why_not_foldable(layer.layer, training=True)
            chosen[layer.name] = f"Keras, step by step: {reason}" if reason else "folded into the batch"
    for name, engine in chosen.items():
        logger.info("%s, %s: %s", model.name, name, engine)
    return chosen
