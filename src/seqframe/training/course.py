"""The course of one training: how far it has come, what it tells, and the checkpoints that it leaves."""

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from seqframe.checkpoints import CheckpointFile
from seqframe.config import Training
from seqframe.progress import EpochsDone, Remark, announce
from seqframe.training.runner import EpochRunner

REPORT_EVERY_S = 0.25  # how long a call into the graph should last


@dataclass
class Course:
    """How far the training of one network has come."""

    framing: str
    part: str
    epochs: int
    losses: list[float] = field(default_factory=list)
    checks: list[float] = field(default_factory=list)
    checkpoint: CheckpointFile | None = None
    fingerprint: str = ""
    every_s: float = 0.0
    resumes: bool = False
    saved_at: float = field(default_factory=perf_counter)

    def keep(self, checkpoint: CheckpointFile, fingerprint: str, training: Training) -> None:
        """Keep checkpoints from now on."""
        self.checkpoint, self.fingerprint = checkpoint, fingerprint
        self.every_s, self.resumes = training.checkpoint_s, training.resume

    def resume(self, runner: EpochRunner) -> None:
        """Go on from the checkpoint, if there is one and it is ours, and say so."""
        if self.checkpoint is None or not self.resumes:
            return
        loaded = self.checkpoint.load(self.fingerprint)
        for remark in loaded.remarks:
            announce(Remark(f"{self.framing}: {remark}."))
        if loaded.arrays is None:
            return
        self.losses, self.checks = (loaded.arrays.pop(name).tolist() for name in ("losses", "checks"))
        runner.set_state(loaded.arrays)
        announce(Remark(f"{self.framing}: going on after epoch {len(self.losses)} of {self.epochs}."))
        if self.losses:
            self._tell(self.losses, 1, runner)

    def run(self, runner: EpochRunner) -> None:
        """Train to the end."""
        count = 1
        traced = False
        while not self._ended(runner):
            call_started = perf_counter()
            losses, checks = runner.run(min(count, self.epochs - len(self.losses)))
            seconds = perf_counter() - call_started
            self.losses += losses
            self.checks += checks
            self._tell(losses, len(self.losses) - len(losses) + 1, runner)
            if traced:  # the first call made the graph, and says nothing about the speed
                count = max(1, int(len(losses) * REPORT_EVERY_S / max(seconds, 1e-9)))
            traced = True
            if perf_counter() - self.saved_at > self.every_s:
                self._save(runner)
        self._save(runner)

    def _ended(self, runner: EpochRunner) -> bool:
        return len(self.losses) >= self.epochs or runner.stopped

    def _tell(self, losses: list[float], first: int, runner: EpochRunner) -> None:
        announce(EpochsDone(self.framing, self.part, tuple(losses), first, self.epochs, self._ended(runner)))

    def _save(self, runner: EpochRunner) -> None:
        if self.checkpoint is None:
            return
        lists = {"losses": np.array(self.losses, np.float64), "checks": np.array(self.checks, np.float64)}
        try:
            self.checkpoint.save(self.fingerprint, runner.state() | lists)
        except OSError as error:
            announce(Remark(f"{self.framing}: no checkpoint could be written ({error.strerror}); training goes on."))
            self.checkpoint = None
        self.saved_at = perf_counter()
