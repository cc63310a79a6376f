"""The functions that train networks: for each cell one for networks in lanes, and one for a single network.

Each is compiled when it is first used, and Numba's cache stores it for a version of the sources.
"""

# mypy: ignore-errors
from pathlib import Path

from numba.types import NamedTuple, NamedUniTuple, boolean, float32, float64, int64

from seqframe.networks.compiled.arguments import Ints, Memory, Options, Samples, Tables
from seqframe.networks.compiled.cells import GRU_CELL, LSTM_CELL, SIMPLE_RNN_CELL
from seqframe.networks.compiled.epochs import make_run
from seqframe.networks.compiled.lanes_gru import gru_backward_step, gru_forward_step
from seqframe.networks.compiled.lanes_lstm import lstm_backward_step, lstm_forward_step
from seqframe.networks.compiled.lanes_simple_rnn import rnn_backward_step, rnn_forward_step
from seqframe.networks.compiled.layers import make_lanes, make_wide
from seqframe.networks.kernel import machine_code
from seqframe.networks.kernel.compile import CompiledFunction
from seqframe.networks.kernel.gru import gru_backward_rows, gru_forward_rows
from seqframe.networks.kernel.lstm import backward_rows, forward_rows
from seqframe.networks.kernel.machine_code import hash_sources
from seqframe.networks.kernel.simple_rnn import rnn_backward_rows, rnn_forward_rows

_lstm_wide = make_run("lstm_wide", *make_wide(LSTM_CELL, forward_rows, backward_rows))
_lstm_lanes = make_run("lstm_lanes", *make_lanes(LSTM_CELL, lstm_forward_step, lstm_backward_step))
_gru_wide = make_run("gru_wide", *make_wide(GRU_CELL, gru_forward_rows, gru_backward_rows))
_gru_lanes = make_run("gru_lanes", *make_lanes(GRU_CELL, gru_forward_step, gru_backward_step))
_rnn_wide = make_run("simple_rnn_wide", *make_wide(SIMPLE_RNN_CELL, rnn_forward_rows, rnn_backward_rows))
_rnn_lanes = make_run("simple_rnn_lanes", *make_lanes(SIMPLE_RNN_CELL, rnn_forward_step, rnn_backward_step))

_NUMBERS = {int: int64, float: float64, bool: boolean}
_OPTIONS = NamedTuple([_NUMBERS[kind] for kind in Options.__annotations__.values()], Options)
_TABLES = NamedTuple([int64[:, ::1], int64[::1], int64[:, ::1], float64[::1], float32[::1]], Tables)
_MEMORY = NamedTuple([int64[::1] if kind is Ints else float32[::1] for kind in Memory.__annotations__.values()], Memory)
_SAMPLES = NamedUniTuple(float32[:, ::1], len(Samples._fields), Samples)
_SIGNATURE = (_OPTIONS, _TABLES, _MEMORY, _SAMPLES, float32[::1], float32[:, ::1], float32[:, ::1])


def _compile(sources):
    """The functions for Python. They refer to the others by global names: the cache stores what they close over."""

    def lstm_wide(options, tables, memory, samples, rates, losses, val_losses):
        return _lstm_wide(options, tables, memory, samples, rates, losses, val_losses) if sources >= 0 else 0

    def lstm_lanes(options, tables, memory, samples, rates, losses, val_losses):
        return _lstm_lanes(options, tables, memory, samples, rates, losses, val_losses) if sources >= 0 else 0

    def gru_wide(options, tables, memory, samples, rates, losses, val_losses):
        return _gru_wide(options, tables, memory, samples, rates, losses, val_losses) if sources >= 0 else 0

    def gru_lanes(options, tables, memory, samples, rates, losses, val_losses):
        return _gru_lanes(options, tables, memory, samples, rates, losses, val_losses) if sources >= 0 else 0

    def simple_rnn_wide(options, tables, memory, samples, rates, losses, val_losses):
        return _rnn_wide(options, tables, memory, samples, rates, losses, val_losses) if sources >= 0 else 0

    def simple_rnn_lanes(options, tables, memory, samples, rates, losses, val_losses):
        return _rnn_lanes(options, tables, memory, samples, rates, losses, val_losses) if sources >= 0 else 0

    functions = (lstm_wide, lstm_lanes, gru_wide, gru_lanes, simple_rnn_wide, simple_rnn_lanes)
    return {function.__name__: CompiledFunction(function, _SIGNATURE, sources) for function in functions}


_FOLDERS = (Path(__file__).parent, Path(machine_code.__file__).parent)
_FUNCTIONS = _compile(hash_sources(path for folder in _FOLDERS for path in folder.glob("*.py")))


def find_function(cell: str, lanes: int) -> CompiledFunction:
    """The compiled function that trains some epochs of networks with a cell and a number of lanes."""
    return _FUNCTIONS[f"{cell}_wide" if lanes == 1 else f"{cell}_lanes"]
