"""Training steps in PyTorch, run eagerly, with its fused or its foreach Adam.

python -m benchmarks.workers.steps_pytorch pytorch_fused 64 100 64
"""

import os

import torch  # type: ignore[import-not-found]

from benchmarks.workers.loop import Work, serve


def build(name: str, *sizes: str) -> tuple[Work, str]:
    """The same network and data as the other contenders, for (batch, steps, units)."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    batch, steps, units = map(int, sizes)
    lstm, head = torch.nn.LSTM(1, units, batch_first=True), torch.nn.Linear(units, 1)
    adam = {name.removeprefix("pytorch_"): True}  # fused or foreach
    optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()], lr=0.001, **adam)
    X, y = (torch.randn(batch, steps, 1) for _ in range(2))

    def work(count: int) -> float:
        for _ in range(count):
            optimizer.zero_grad(set_to_none=True)
            loss = torch.nn.functional.mse_loss(head(lstm(X)[0]), y)
            loss.backward()
            optimizer.step()
        return float(loss)

    return work, f"PyTorch {torch.__version__}"


if __name__ == "__main__":
    serve(build, warm=3)
