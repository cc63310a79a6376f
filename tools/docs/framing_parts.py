"""The parts of a framing's page that are made from its record and its plan."""

import pandas as pd

from seqframe.console.tables import frame_lines
from seqframe.framings import Framing
from seqframe.framings.index_map import make_index_map
from seqframe.reporting.tables import markdown_table
from tools.docs.examples import Example, example_of, typed
from tools.docs.flows import kept_flow
from tools.docs.keras_code import write_keras
from tools.docs.limits import write_limits


def summary(framing: Framing) -> str:
    """The record's own sentence, and the example in a line."""
    example = example_of(framing)
    return (
        f"{framing.summary}\n\n"
        f"On {_rows(example)}: **X {example.X.shape}, y {example.y.shape}, {example.spec.parameters} parameters.**"
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
    spec = example_of(framing).spec
    lines = []
    for layer, shape in spec.layers().values():
        param_count = layer.param_count(shape)
        count = str(param_count.value)
        lines.append(
            [
                f"`{layer.kind}`",
                f"{unbroken(shape)} → {unbroken(layer.output_shape(shape))}",
                *_sums(param_count),
                count,
            ]
        )
    table = pd.DataFrame(lines, columns=["layer", "reads → gives", "formula", "with numbers", "parameters"])
    return f"{markdown_table(table)}\n\nTogether **{count_of(example_of(framing))}**, which Keras counts too."


def _sums(param_count: object) -> tuple[str, str]:
    formula, numbers, value = (getattr(param_count, name) for name in ("formula", "numbers", "value"))
    return (f"`{formula}`", f"`{numbers}`") if value else ("nothing is learnt", "")


def count_of(example: Example) -> str:
    """The parameters of a network's layers, and their sum: `140 + 6 = 146`."""
    counts = [layer.param_count(shape).value for layer, shape in example.spec.layers().values()]
    return f"{' + '.join(str(count) for count in counts if count)} = {sum(counts)}"


def unbroken(text: object) -> str:
    """Written so that no line ends in it, as a shape is.

    >>> unbroken((5, 1)) == "(5,\N{NO-BREAK SPACE}1)"
    True
    """
    return str(text).replace(" ", "\N{NO-BREAK SPACE}")


def frame(framing: Framing) -> str:
    """Which row goes where, as `kedro run --pipeline=inspect` says it."""
    lines = frame_lines(make_index_map(example_of(framing).dataset, framing), most=5)
    return f"```text\n{lines.strip()}\n```"


def flow(framing: Framing) -> str:
    """The matrix of information flow, as rows and columns of marks, and its judgement."""
    kept = kept_flow(framing.name)
    table = pd.DataFrame([["●" if sees else "·" for sees in line] for line in kept["sees"]])
    table.columns = pd.Index([f"step {step}" for step in range(1, table.shape[1] + 1)])
    table.insert(0, "", [f"answer {step + 1}" for step in kept["steps"]])
    return f"{markdown_table(table)}\n\nSeqframe's judgement: *{kept['sentence']}*"


def constraints(framing: Framing) -> str:
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
        (f"kedro run --pipeline=inspect{params}", "which row goes to which cell of X and y"),
        (f"kedro viz --pipeline={framing.name}", "its nodes, one by one"),
    ]
    width = max(len(command) for command, _ in lines)
    return "```bash\n" + "\n".join(f"{command:<{width}}  # {what}" for command, what in lines) + "\n```"


def _rows(example: Example) -> str:
    rows = "the tutorial's sequence 0.0, 0.2, 0.4, 0.6, 0.8"
    if not example.changed:
        return f"{rows}, which is to be said again"
    return f"{rows}, of which row 0 is read and the next {example.targets[0]} are to follow"
