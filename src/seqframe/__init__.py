"""Seqframe: every framing of a sequence for an LSTM, built, trained, tracked and compared side by side."""

__version__ = "0.1.0"
