"""Training steps in PyTorch, run eagerly, with its fused or its foreach Adam.

    python -m benchmarks.workers.steps_pytorch pytorch_fused 64 100 64

`pytorch_packed` and `pytorch_padded` have sequences of different lengths and the fused Adam: a packed sequence in each
step, or all steps of a padded batch, whose losses do not count where it is padded.
"""

import os

import torch  # type: ignore[import-not-found]
from torch.nn.utils.rnn import pack_padded_sequence  # type: ignore[import-not-found]

from benchmarks.workers.lengths import random_lengths
from benchmarks.workers.loop import Work, serve


def build(name: str, *sizes: str) -> tuple[Work, str]:
    """The same network and data as the other contenders, for (batch, steps, units)."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    batch, steps, units = map(int, sizes)
    lstm, head = torch.nn.LSTM(1, units, batch_first=True), torch.nn.Linear(units, 1)
    adam = {"foreach" if name == "pytorch_foreach" else "fused": True}
    optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()], lr=0.001, **adam)
    X, y = (torch.randn(batch, steps, 1) for _ in range(2))
    # The longest first, which is what packing needs.
    lengths = torch.tensor(sorted(random_lengths(batch, steps), reverse=True))
    counts = (torch.arange(steps) < lengths[:, None]).float()[..., None]  # (batch, steps, 1)
    packed_y = pack_padded_sequence(y, lengths, batch_first=True).data

    def all_steps() -> torch.Tensor:
        return torch.nn.functional.mse_loss(head(lstm(X)[0]), y)

    def packed() -> torch.Tensor:
        hidden, _ = lstm(pack_padded_sequence(X, lengths, batch_first=True))
        return torch.nn.functional.mse_loss(head(hidden.data), packed_y)

    def padded() -> torch.Tensor:
        return ((head(lstm(X)[0]) - y).square() * counts).sum() / counts.sum()

    compute_loss = {"pytorch_packed": packed, "pytorch_padded": padded}.get(name, all_steps)

    def work(count: int) -> float:
        for _ in range(count):
            optimizer.zero_grad(set_to_none=True)
            loss = compute_loss()
            loss.backward()
            optimizer.step()
        return float(loss)

    return work, f"PyTorch {torch.__version__}"


if __name__ == "__main__":
    serve(build, warm=3)
