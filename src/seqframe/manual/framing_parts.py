"""The parts of a framing's page that are made from its record and its plan."""

import pandas as pd

from seqframe.frame_table import tabulate_frame
from seqframe.framings import Framing
from seqframe.manual.examples import Example, example_of, typed
from seqframe.manual.flows import kept_flow
from seqframe.manual.keras_code import write_keras
from seqframe.manual.limits import write_limits
from seqframe.report.markdown import markdown_table
from seqframe.terminal.tables import frame_lines


def summary(framing: Framing) -> str:
    """The record's own sentence, and the example in a line."""
    example = example_of(framing)
    return (
        f"{framing.summary}\n\n"
        f"On {_rows(example)}: **X {example.X.shape}, y {example.y.shape}, {example.plan.parameters} parameters.**"
    )


def network(framing: Framing, folder: str) -> str:
    """The network, unrolled, and what its answers see: two pictures in a folder, which a site lights up together."""
    return "\n".join([
        '<div class="lights" markdown>',
        "",
        f"![The network of {framing.name}, unrolled, with the shapes between its layers]"
        f"({folder}network-{framing.name}.svg)",
        "",
        f"![Which row reaches which answer in {framing.name}]({folder}flow-{framing.name}.svg)",
        "",
        "</div>",
    ])  # fmt: skip


def parameters(framing: Framing) -> str:
    """The arithmetic of every layer, and its sum."""
    plan = example_of(framing).plan
    lines = []
    for layer, shape in plan.layers().values():
        arithmetic = layer.arithmetic(shape)
        count = str(arithmetic.value)
        lines.append(
            [f"`{layer.kind}`", f"{unbroken(shape)} → {unbroken(layer.output_shape(shape))}", *_sums(arithmetic), count]
        )
    table = pd.DataFrame(lines, columns=["layer", "reads → gives", "formula", "with numbers", "parameters"])
    return f"{markdown_table(table)}\n\nTogether **{count_of(example_of(framing))}**, which Keras counts too."


def _sums(arithmetic: object) -> tuple[str, str]:
    formula, numbers, value = (getattr(arithmetic, name) for name in ("formula", "numbers", "value"))
    return (f"`{formula}`", f"`{numbers}`") if value else ("nothing is learnt", "")


def count_of(example: Example) -> str:
    """The parameters of a network's layers, and their sum: `140 + 6 = 146`."""
    counts = [layer.arithmetic(shape).value for layer, shape in example.plan.layers().values()]
    return f"{' + '.join(str(count) for count in counts if count)} = {sum(counts)}"


def unbroken(text: object) -> str:
    """Written so that no line ends in it, as a shape is.

    >>> unbroken((5, 1)) == "(5,\N{NO-BREAK SPACE}1)"
    True
    """
    return str(text).replace(" ", "\N{NO-BREAK SPACE}")


def frame(framing: Framing) -> str:
    """Which row goes where, as `kedro run --pipeline=frame_table` says it."""
    lines = frame_lines(tabulate_frame(example_of(framing).posed, framing), most=5)
    return f"```text\n{lines.strip()}\n```"


def flow(framing: Framing) -> str:
    """The matrix of information flow, as rows and columns of marks, and its judgement."""
    kept = kept_flow(framing.name)
    table = pd.DataFrame([["●" if sees else "·" for sees in line] for line in kept["sees"]])
    table.columns = pd.Index([f"step {step}" for step in range(1, table.shape[1] + 1)])
    table.insert(0, "", [f"answer {step + 1}" for step in kept["steps"]])
    return f"{markdown_table(table)}\n\nSeqframe's judgement: *{kept['sentence']}*"


def limits(framing: Framing) -> str:
    """What it refuses, in its own words."""
    table = write_limits(framing)
    return markdown_table(table) if len(table) else "It refuses nothing that can be asked for."


def keras(framing: Framing) -> str:
    """The same without Seqframe."""
    return f"```python\n{write_keras(example_of(framing))}\n```"


def commands(framing: Framing) -> str:
    """How to run it, and how to look at it."""
    params = typed(example_of(framing).changed)
    lines = [
        (f"kedro run --pipeline={framing.name}{params}", "train it, score it, report it"),
        (f"kedro run --pipeline=frame_table{params}", "which row goes to which cell of X and y"),
        (f"kedro viz --pipeline={framing.name}", "its nodes, one by one"),
    ]
    width = max(len(command) for command, _ in lines)
    return "```bash\n" + "\n".join(f"{command:<{width}}  # {what}" for command, what in lines) + "\n```"


def _rows(example: Example) -> str:
    rows = "the tutorial's sequence 0.0, 0.2, 0.4, 0.6, 0.8"
    if not example.changed:
        return f"{rows}, which is to be said again"
    return f"{rows}, of which row 0 is read and the next {example.targets[0]} are to follow"
