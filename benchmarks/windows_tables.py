"""What `windows` has measured as tables and as a chart."""

import statistics
from dataclasses import dataclass

from matplotlib.figure import Figure

from benchmarks.measuring import ratio
from benchmarks.reporting import CONTRASTS, MISSING, Table, draw_axes, draw_places, write

TITLES = {
    "chunks": "Seqframe",
    "batches": "Seqframe, batch by batch",
    "fancy": "NumPy's indexing",
    "keras": "timeseries_dataset_from_array",
}
FLOAT64, MB = 8, 1e6

Memory = dict[str, tuple[dict[str, float], dict[str, float]]]  # by stage, on few rows and on many


@dataclass(frozen=True)
class Speed:
    """One place where speed is measured."""

    features: int
    batch_size: int
    order: str

    @property
    def name(self) -> str:
        """The place in words."""
        return f"{self.features} × {self.batch_size}, {self.order}"


Speeds = dict[Speed, dict[str, list[float]]]  # ms a batch by side, one a turn


def tabulate_memory(memory: Memory, rows: int) -> Table:
    """A row for each stage: its peak above that of the same stage on few rows, and that as a ratio to the raw array."""
    raw = rows * FLOAT64
    above = {stage: many["peak"] - few["peak"] for stage, (few, many) in memory.items()}
    lines = [
        (
            stage,
            write(above[stage] / MB),
            write(above[stage] / raw),
            f"{many['windows']:.0f}" if "windows" in many else MISSING,
            write(many["seconds"]),
        )
        for stage, (_, many) in memory.items()
    ]
    highest = [max(each["peak"] for each in side) for side in zip(*memory.values(), strict=True)]
    whole = highest[1] - highest[0]
    lines.append(("the whole process", write(whole / MB), write(whole / raw), MISSING, MISSING))
    title = f"Memory of {rows} rows of one column, lookback 500; the raw array takes {raw / MB:.0f} MB"
    return Table(title, ("stage", "peak, MB", "ratio to the raw array", "windows", "seconds"), tuple(lines))


def tabulate_speed(speeds: Speeds) -> list[Table]:
    """Windows a second of every side, and the ratios of its times to ours."""
    if not speeds:
        return []
    per_second, ratios = [], []
    for speed, times in speeds.items():
        per_second.append((speed.name, *(write(value) for value in windows_a_second(speed, times).values())))
        pairs = [(ours, theirs) for ours in ("chunks", "batches") for theirs in ("fancy", "keras")]
        ratios.append((speed.name, *(write(ratio(times[ours], times[theirs])) for ours, theirs in pairs)))
    where = "features × batch"
    columns = tuple(f"{TITLES[ours]} / {TITLES[theirs]}" for ours, theirs in pairs)
    return [
        Table("Windows a second", (where, *TITLES.values()), tuple(per_second)),
        Table("Ratio of times", (where, *columns), tuple(ratios)),
    ]


def windows_a_second(speed: Speed, times: dict[str, list[float]]) -> dict[str, float]:
    """By side, the median over the turns."""
    return {side: speed.batch_size * 1000 / statistics.median(times[side]) for side in TITLES}


def draw(speeds: Speeds) -> Figure:
    """Windows a second on a logarithmic axis."""
    figure, (axes,) = draw_axes(width=11.0)
    sides: dict[str, list[float | None]] = {
        title: [windows_a_second(speed, times)[side] for speed, times in speeds.items()]
        for side, title in TITLES.items()
    }
    if speeds:
        draw_places(axes, [speed.name.replace(", ", "\n") for speed in speeds], sides, CONTRASTS)
    axes.set(ylabel="windows a second", title="Windows of 500 rows, as tensors")
    return figure
