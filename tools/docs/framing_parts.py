"""The generated parts of a framing's page, from its record and its network spec."""

import pandas as pd

from seqframe.framings import Framing
from seqframe.framings.index_map import make_index_map
from seqframe.networks.spec import ParamCount
from seqframe.reporting.tables import index_map_text, markdown_table
from tools.docs import keras_code
from tools.docs.dependencies import stored_dependency
from tools.docs.examples import Example, find_example, format_params
from tools.docs.unsupported import unsupported_settings


def summary(framing: Framing) -> str:
    """The record's summary, and the example in one line."""
    example = find_example(framing)
    shapes = f"X {example.X.shape}, y {example.y.shape}, {example.spec.parameters} parameters"
    return f"{framing.summary}\n\n{_example_name(example)}: **{shapes}.**"


def network(framing: Framing, folder: str) -> str:
    """The diagrams of the network and its dependency, in a folder; the site links them by highlighting."""
    return "\n".join([
        '<div class="linked-diagrams" markdown>',
        "",
        f"![Network of {framing.name}, unrolled, with the shapes between its layers]"
        f"({folder}network-{framing.name}.svg)",
        "",
        f"![Input-output dependency of {framing.name}]({folder}dependency-{framing.name}.svg)",
        "",
        "</div>",
    ])  # fmt: skip


def parameters(framing: Framing) -> str:
    """The parameter formula of every layer, and the total."""
    lines = []
    for layer, shape in find_example(framing).spec.layers().values():
        param_count = layer.param_count(shape)
        shapes = f"{unbroken(shape)} → {unbroken(layer.output_shape(shape))}"
        lines.append([f"`{layer}`", shapes, *_formulas(param_count), str(param_count.value)])
    table = pd.DataFrame(lines, columns=["layer", "input → output shape", "formula", "substituted", "parameters"])
    return f"{markdown_table(table)}\n\nTotal: **{format_total(find_example(framing))}**, the same as Keras' count."


def _formulas(param_count: ParamCount) -> tuple[str, str]:
    return (f"`{param_count.formula}`", f"`{param_count.substituted}`") if param_count.value else ("none", "")


def format_total(example: Example) -> str:
    """The parameters of all layers, and their sum: `140 + 6 = 146`."""
    counts = [layer.param_count(shape).value for layer, shape in example.spec.layers().values()]
    return f"{' + '.join(str(count) for count in counts if count)} = {sum(counts)}"


def unbroken(text: object) -> str:
    """A shape with non-breaking spaces.

    >>> unbroken((5, 1)) == "(5,\N{NO-BREAK SPACE}1)"
    True
    """
    return str(text).replace(" ", "\N{NO-BREAK SPACE}")


def index_map(framing: Framing) -> str:
    """The mapping from rows to cells of X and y, as printed by `kedro run --pipeline=inspect`."""
    lines = index_map_text(make_index_map(find_example(framing).dataset, framing), max_samples=5)
    return f"```text\n{lines.strip()}\n```"


def dependency(framing: Framing) -> str:
    """The dependency matrix as a table, and the outcome of the causality check."""
    stored = stored_dependency(framing.name)
    table = pd.DataFrame([["●" if depends else "·" for depends in line] for line in stored["depends_on"]])
    table.columns = pd.Index([f"input {step}" for step in range(1, table.shape[1] + 1)])
    table.insert(0, "", [f"output {step + 1}" for step in stored["output_steps"]])
    return f"{markdown_table(table)}\n\nCausality check: **{stored['outcome']}**. *{stored['summary']}*"


def unsupported(framing: Framing) -> str:
    """Settings that the framing does not support, with the error message."""
    table = unsupported_settings(framing)
    return markdown_table(table) if len(table) else "It supports all settings."


def keras(framing: Framing) -> str:
    """The same without Seqframe."""
    return f"```python\n{keras_code.script(find_example(framing))}\n```"


def commands(framing: Framing) -> str:
    """Commands that run and show the framing."""
    params = format_params(find_example(framing).changed)
    lines = [
        (f"kedro run --pipeline={framing.name}{params}", "train, evaluate and report"),
        (f"kedro run --pipeline=inspect{params}", "print the row-to-tensor mapping"),
        (f"kedro viz run --pipeline={framing.name}", "show its nodes"),
    ]
    width = max(len(command) for command, _ in lines)
    return "```bash\n" + "\n".join(f"{command:<{width}}  # {comment}" for command, comment in lines) + "\n```"


def _example_name(example: Example) -> str:
    rows = "On the tutorial's sequence 0.0, 0.2, 0.4, 0.6, 0.8"
    if not example.changed:
        return f"{rows}, as an echo"
    return f"{rows}, as a forecast of {example.targets[0]} rows from the first row"
