"""Keras layers that are faster than the stock ones, with the same arguments, weights and results."""

import logging
from typing import Any

from seqframe.networks.layers.lstm import LSTM, choose_backend
from seqframe.networks.layers.time_distributed import TimeDistributed, why_not_foldable

__all__ = ["LSTM", "TimeDistributed", "describe_backends"]
logger = logging.getLogger(__name__)


def describe_backends(model: Any) -> dict[str, str]:
    """The backend of each layer of a model in training, and the reason if it is a slower one."""
    backends = {layer.name: _describe_backend(layer) for layer in model.layers}
    for name, backend in backends.items():
        logger.info("%s, %s: %s", model.name, name, backend)
    return backends


def _describe_backend(layer: Any) -> str:
    recurrent = getattr(layer, "forward_layer", layer)  # both layers of Bidirectional have the same backend
    if isinstance(recurrent, LSTM):
        sequences, *mask = layer.input if isinstance(layer.input, list) else [layer.input]
        return str(choose_backend(recurrent, sequences, *mask))
    if isinstance(layer, TimeDistributed):
        reason = why_not_foldable(layer.layer, training=True)
        return f"Keras, step by step: {reason}" if reason else "folded into the batch"
    return "Keras"
