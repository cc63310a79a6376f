"""The page of a comparison on sequences with labels."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

import numpy as np
import pandas as pd

from seqframe.config import Settings
from seqframe.evaluation.conclusions import Conclusion
from seqframe.evaluation.label_folds import LabelFolds
from seqframe.evaluation.label_leaderboard import LabelResult
from seqframe.evaluation.label_metrics import (
    LabelMetricInputs,
    calibration_error,
    confusion_matrix,
    metrics_by_step,
    reliability,
)
from seqframe.evaluation.label_runs import LabelRuns, ModelLabels
from seqframe.reporting.columns import format_cell
from seqframe.reporting.figures import GRAY
from seqframe.reporting.html import charts
from seqframe.reporting.html.charts import LineStyles
from seqframe.reporting.html.components import (
    LOSSES,
    Chart,
    NetworkCard,
    Page,
    Part,
    Picture,
    Section,
    Table,
    cost_section,
    leaderboard_section,
    losses_section,
    network_loss_charts,
    run_facts,
    skipped_section,
)
from seqframe.reporting.label_figures import plot_confusion
from seqframe.reporting.label_tables import metric_inputs

MAX_EXAMPLES = 3  # test sequences whose labels have a chart
MAX_CLASS_ROWS = 100  # rows of the table of classes


def compose_labels(
    settings: Settings,
    result: LabelResult,
    conclusion: Conclusion,
    folds: LabelFolds,
    cards: Sequence[NetworkCard],
    runs: Sequence[LabelRuns],
    model: ModelLabels,
    by_class: pd.DataFrame,
    table_notes: Sequence[str],
) -> Page:
    """Page of a comparison; cards and runs have one element per framing, in the same order.

    `model` is the recommended model, whose labels are shown.
    """
    board = result.leaderboard
    framings = list(dict.fromkeys(name for name in board["framing"] if name))  # the best first
    titles = {each.framing.name: each.framing.title for each in runs}
    ordered_titles = [titles[name] for name in framings]
    styles = LineStyles(ordered_titles, [str(name) for name in board["model"][board["framing"] == ""]])
    inputs = metric_inputs(model, folds)
    single = board[board["model"].isin(ordered_titles)].set_index("model").loc[ordered_titles]
    costs = {"Parameters": "parameters", "Training of one network, s": "training_s", "Peak memory, MB": "memory_mb"}
    sections = (
        leaderboard_section("leaderboard", board, _leaderboard_caption(conclusion)),
        _setup_section(result, folds, table_notes),
        _classes_section(model, inputs, by_class, folds),
        *_steps_sections(model, inputs, folds),
        _losses_section({titles[each.framing.name]: each for each in runs}, ordered_titles, styles),
        cost_section(
            {title: single[name].dropna().to_dict() for title, name in costs.items() if name in single}, styles
        ),
        *(skipped_section(settings) if len(cards) > 1 else ()),
    )
    facts = run_facts(settings, settings.task, many_seeds=True)
    ordered = sorted(cards, key=lambda card: framings.index(card.framing.name))
    what = "Labels of" if settings.task.kind == "label" else "Classes of"
    return Page(f"{what} {settings.data.name}", facts, conclusion.sentences, sections, tuple(ordered))


def _leaderboard_caption(conclusion: Conclusion) -> str:
    return (
        f"All models on the same test sequences. {conclusion.selected} is selected: it has the smallest log loss on "
        "validation sequences of the ensembles and baselines. A rank begins with a model that is significantly worse "
        "than one of the rank above. A framing's own row is the average over seeds; 'ensemble' has the mean of their "
        "probabilities."
    )


def _setup_section(result: LabelResult, folds: LabelFolds, table_notes: Sequence[str]) -> Section:
    parts = (Table("", "", pd.DataFrame({"Table": list(table_notes)}, dtype=object)),) if table_notes else ()
    count, validation = len(folds.whole.splits["train"]), len(folds.first.splits["validation"])
    validated = (
        f"The network of each seed has other validation sequences, {validation} of {count}, for early stopping"
        if folds.n_parts > 1
        else f"The networks of all seeds have the same {validation} validation sequences, for early stopping"
    )
    whole = "; together they are cross-validation" if result.cross_validated else ""
    return Section(
        "design",
        "Setup",
        f"{len(folds.test)} test sequences, which no model is trained on. {validated} and for the selection{whole}.",
        parts,
    )


def _classes_section(
    model: ModelLabels, inputs: LabelMetricInputs, by_class: pd.DataFrame, folds: LabelFolds
) -> Section:
    """Confusion matrix, scores by class and reliability diagram of the recommended model."""
    figure, content = plot_confusion(confusion_matrix(inputs), folds.whole.classes, model.name), BytesIO()
    figure.savefig(content, format="png")
    caption = f"Confusion matrix of {model.name}: number of test labels by actual and predicted class."
    parts: list[Part] = [Picture(caption, content.getvalue()), _class_table(by_class), _reliability_chart(inputs)]
    text = f"Labels of the test sequences, as {model.name} predicts them."
    return Section("classes", "Classes", text, tuple(parts))


def _class_table(by_class: pd.DataFrame) -> Table:
    shown = by_class.head(MAX_CLASS_ROWS)
    names = {"f1": "F1"}
    cells = pd.DataFrame(
        {
            names.get(name, name): [str(value) if name == "class" else format_cell(value, "{:.3f}") for value in column]
            for name, column in shown.items()
        },
        dtype=object,
    )
    more = f"The first {MAX_CLASS_ROWS} of {len(by_class)} classes." if len(by_class) > MAX_CLASS_ROWS else ""
    return Table("Scores by class", more, cells)


def _reliability_chart(inputs: LabelMetricInputs) -> Chart:
    table = reliability(inputs)
    figure = charts.new_chart("predicted probability", "share that is right", y_from_zero=True)
    line = {"color": GRAY, "width": 1.5, "dash": "dash"}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=line, name="calibrated", hoverinfo="skip")
    figure.add_scatter(
        x=charts.round_digits(table["probability"]),
        y=charts.round_digits(table["observed"]),
        customdata=table["labels"].tolist(),
        mode="lines+markers",
        line={"color": charts.LINE_COLORS[0], "width": 2},
        name="model",
        hovertemplate="%{x:.2f}: %{y:.2f} (%{customdata} labels)",
    )
    error = f"Expected calibration error: {calibration_error(table):.3f}." if len(table) else "No label is known."
    text = f"Probability of the predicted class and share of right predictions, in bins. {error}"
    return Chart("reliability", "Reliability diagram", text, figure)


def _steps_sections(model: ModelLabels, inputs: LabelMetricInputs, folds: LabelFolds) -> Iterator[Section]:
    """Accuracy by step, and labels over time of some test sequences; nothing for one label a sequence."""
    sequences = folds.whole.sequences
    if not sequences.per_step:
        return
    lengths = sequences.lengths[folds.test]
    by_step = metrics_by_step(inputs, lengths)
    table = pd.DataFrame({"name": model.name, "step": by_step["step"], "error": by_step["accuracy"]})
    chart = Chart(
        "steps",
        model.name,
        "By the position of the step in its sequence.",
        charts.chart_steps(table, LineStyles([model.name]), "step", "accuracy"),
    )
    yield Section("steps", "Accuracy by step", "", (chart,))
    ends = np.cumsum(lengths)
    parts = tuple(
        _labels_chart(number, inputs.select(np.arange(end - length, end)), sequences.ids[folds.test[number]], folds)
        for number, (end, length) in enumerate(zip(ends[:MAX_EXAMPLES], lengths, strict=False))
    )
    yield Section("labels", "Labels over time", f"The first test sequences, as {model.name} labels them.", parts)


def _labels_chart(number: int, inputs: LabelMetricInputs, name: str, folds: LabelFolds) -> Chart:
    """Actual and predicted class of every step; where several classes may hold, their probabilities."""
    classes, steps = folds.whole.classes, list(range(1, len(inputs.labels) + 1))
    figure = charts.new_chart("step", "probability" if inputs.multi_label else "")
    if inputs.multi_label:
        for place, (color, label) in enumerate(zip(charts.LINE_COLORS, classes, strict=False)):
            values = charts.round_digits(inputs.probabilities[:, place])
            figure.add_scatter(x=steps, y=values, mode="lines", line={"color": color, "width": 2}, name=label)
    else:
        lines: Mapping[str, tuple[np.ndarray, dict[str, object]]] = {
            "actual": (inputs.labels[:, 0], {"color": GRAY, "width": 7, "shape": "hvh"}),
            "predicted": (inputs.predicted[:, 0], {"color": charts.LINE_COLORS[0], "width": 2, "shape": "hvh"}),
        }
        for title, (codes, line) in lines.items():
            names = [classes[code] if code >= 0 else None for code in codes]
            figure.add_scatter(x=steps, y=names, mode="lines", line=line, name=title, opacity=0.8)
        figure.update_yaxes(type="category", categoryorder="array", categoryarray=list(classes))
    right = (inputs.predicted == inputs.labels)[inputs.known]
    caption = f"{int(right.sum())} of {len(right)} labels are right."
    return Chart(f"labels_{number}", f"Sequence {name}", caption, figure)


def _losses_section(runs: Mapping[str, LabelRuns], ordered: Sequence[str], styles: LineStyles) -> Section:
    in_order = {framing: runs[framing] for framing in ordered}
    return losses_section([chart for each in LOSSES for chart in network_loss_charts(*each, in_order, styles, "seeds")])
