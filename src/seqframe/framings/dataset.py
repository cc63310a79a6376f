"""Samples of a framing, made from scaled rows on demand: only the rows are kept in memory, once."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqframe.config import ModelSettings
from seqframe.data.dataset import ScaledData, SequenceDataset
from seqframe.data.windows import Array, Floats, RowNumbers, Windows
from seqframe.framings.base import Framing
from seqframe.networks.spec import NetworkSpec, Shape


class FramedWindows(ABC):
    """Windows whose samples are made on demand; the shapes of all follow from the shapes of one."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of windows."""

    @cached_property
    @abstractmethod
    def _of_one_window(self) -> tuple[Shape, Shape]:
        """The shapes of X and y of one window."""

    @property
    def samples_per_window(self) -> int:
        """Number of samples per window."""
        return self._of_one_window[0][0]

    @property
    def X_shape(self) -> Shape:  # noqa: N802
        """The shape of X of all windows: (samples, timesteps, features)."""
        samples, *of_one = self._of_one_window[0]
        return (samples * len(self), *of_one)

    @property
    def y_shape(self) -> Shape:
        """The shape of y of all windows: (samples, ...)."""
        samples, *of_one = self._of_one_window[1]
        return (samples * len(self), *of_one)


@dataclass(frozen=True)
class FramedSamples(FramedWindows):
    """The samples that a framing makes of a set of windows; a sample source for training."""

    data: ScaledData
    framing: Framing
    windows: Windows

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.windows)

    def batch(self, numbers: slice | RowNumbers) -> tuple[Array, Array]:
        """X (samples, timesteps, features) and y (samples, ...) of windows by number, from 0."""
        windows = self.windows.select(numbers)
        inputs, stats = self.data.window_inputs(windows)
        targets = self.data.window_targets(windows, stats)
        return (
            self.framing.to_inputs(self.data.split_inputs(inputs)),
            self.framing.to_targets(self.data.split_targets(targets)),
        )

    def update_hash(self, digest: "hashlib._Hash") -> None:
        """Add to a digest everything that determines the samples."""
        start_rows, data, framing = self.windows.start_rows, self.data, self.framing
        digest.update(f"{framing.inputs} {framing.targets} {framing.reverse_inputs} {framing.reverse_targets}".encode())
        digest.update(f"{framing.name} {len(self)} {self.X_shape} {self.windows.first_target}".encode())
        digest.update(f"{data.n_future} {data.target_positions} {data.instance_norm} {data.running}".encode())
        digest.update(f"{data.independent}".encode())
        digest.update(data.deviations.tobytes())
        digest.update(repr(start_rows).encode() if isinstance(start_rows, tuple) else start_rows.tobytes())
        for values in (data.features, data.targets):
            digest.update(f"{values.dtype} {values.shape}".encode())
            digest.update(np.ascontiguousarray(values).data)

    @cached_property
    def _of_one_window(self) -> tuple[Shape, Shape]:
        """The shapes of X and y of one window."""
        inputs = np.empty((1, self.windows.lookback, self.data.features.shape[1]), np.float32)
        targets = np.empty((1, self.windows.steps, self.data.targets.shape[1]), np.float32)
        return (
            self.framing.to_inputs(self.data.split_inputs(inputs)).shape,
            self.framing.to_targets(self.data.split_targets(targets)).shape,
        )


def training_view(dataset: SequenceDataset, framing: Framing) -> SequenceDataset:
    """The dataset with the windows that a framing is trained on; a recursive framing trains on one-step targets."""
    if not (framing.recursive and dataset.forecasts_a_table):
        return dataset
    return dataset.with_task(framing.training_task(dataset.task))


def frame_samples(dataset: SequenceDataset, framing: Framing, windows: Windows) -> FramedSamples:
    """The samples of a set of windows, made in chunks on demand."""
    return FramedSamples(dataset.scaled, framing, windows)


def frame_arrays(dataset: SequenceDataset, framing: Framing, windows: Windows) -> tuple[Array, Array]:
    """X (samples, timesteps, features) and y (samples, ...) of a set of windows: scaled, float32."""
    return frame_samples(dataset, framing, windows).batch(slice(None))


def unframe_predictions(predictions: Array, dataset: SequenceDataset, framing: Framing, windows: Windows) -> Floats:
    """Predictions shaped like y, scaled -> (windows, steps, targets), physical units."""
    return dataset.restore(
        window_predictions(predictions, dataset.scaled, framing, len(windows), windows.steps), windows
    )


def window_predictions(predictions: Array, data: ScaledData, framing: Framing, windows: int, steps: int) -> Array:
    """Predictions shaped like y -> (windows, steps, targets), normalized."""
    shape = (windows * data.n_channels, steps, data.targets.shape[1] // data.n_channels)
    return data.merge_targets(framing.from_predictions(predictions, shape))


def make_network_spec(
    dataset: SequenceDataset, framing: Framing, model: ModelSettings, quantiles: tuple[float, ...] = ()
) -> NetworkSpec:
    """The network of a framing for a dataset, which is the framing's `training_view`."""
    X, y = frame_samples(dataset, framing, dataset.train).batch(slice(1))
    return framing.make_spec(X, y, model, windows=dataset.scaled.n_channels, quantiles=quantiles)
