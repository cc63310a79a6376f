"""Kedro dataset for figures, in a module of its own, because it imports Matplotlib."""

from pathlib import Path

from kedro_datasets.matplotlib.matplotlib_dataset import MatplotlibDataset

from seqframe.datasets.replaced_file import ReplacedFile


class FigureFile(ReplacedFile, MatplotlibDataset):
    """A figure in a PNG file. Loading returns the bytes of the file, since a figure cannot be read from them."""

    def load(self) -> bytes:
        """The content of the file."""
        return Path(self._filepath).read_bytes()
