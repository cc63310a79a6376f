"""The matrix product of the compiled layers. `layers/lstm_kernel.py` explains the sizes."""

# mypy: ignore-errors
from seqframe.networks.kernel import PANEL
from seqframe.networks.kernel.machine_code import WIDTH, inner
from seqframe.networks.kernel.vectors import multiply_tile

TILE_ROWS, TILE_PANELS = (8, 2) if WIDTH == 16 else (4, 1)  # all sums and factors fit into registers


@inner
def matmul(out, a, panels, add):
    """Compute out (M, N) = a (M, K) @ b (K, N), or += if the literal `add`; M % 4 == N % 16 == 0.

    b is given as panels (N/16 * K, 16), see `pack`.
    """
    count = out.shape[1] // PANEL
    for p in range(0, count - TILE_PANELS + 1, TILE_PANELS):
        _multiply_panels(out, a, panels, p, TILE_PANELS, add)
    for p in range(count - count % TILE_PANELS, count):
        _multiply_panels(out, a, panels, p, 1, add)


@inner
def _multiply_panels(out, a, panels, p, count, add):
    rows = len(a)
    for m in range(0, rows - TILE_ROWS + 1, TILE_ROWS):
        multiply_tile(out, a, panels, m, p, TILE_ROWS, count, WIDTH, add)
    for m in range(rows - rows % TILE_ROWS, rows, 4):
        multiply_tile(out, a, panels, m, p, 4, count, WIDTH, add)


@inner
def pack(b, panels):
    """Copy b (K, N) to panels (N/16 * K, 16): the K rows of columns 0...15, then of columns 16...31, and so on."""
    depth = b.shape[0]
    for p in range(b.shape[1] // PANEL):
        for k in range(depth):
            for j in range(PANEL):
                panels[p * depth + k, j] = b[k, p * PANEL + j]
