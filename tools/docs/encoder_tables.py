"""Table of the step encoders: what they make of a step, from the records that build them."""

import numpy as np
import pandas as pd

from seqframe.config import ModelSettings
from seqframe.data.step_inputs import StepInputs
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.reporting.tables import markdown_table

STEPS = 10
EXAMPLES = {  # encoder -> the columns of a step as text and as a record, and their number
    "dense": ("12 numbers", StepInputs(), 12),
    "conv1d": ("8 pixels of a row", StepInputs(), 8),
    "conv2d": ("an image of 8 x 8 pixels", StepInputs(shape=(8, 8, 1)), 64),
    "embedding": ("a word of 12, and 2 numbers", StepInputs((12, 0, 0)), 3),
}


def tabulate_encoders() -> str:
    """Markdown table: the columns of a step, the layers, the shapes of a sample, and the parameters."""
    rows = []
    for name, (columns, step, n_features) in EXAMPLES.items():
        model = ModelSettings.model_validate({"units": 1, "step_encoder": name})
        X, y = np.empty((1, STEPS, n_features)), np.empty((1, STEPS, 1))
        encoder = MANY_TO_MANY.make_spec(X, y, model, step=step).body[0]
        shape = (STEPS, n_features)
        count = encoder.param_count(shape)
        rows.append(
            {
                "`model.step_encoder`": f"`{name}`",
                "columns of a step": columns,
                "layer": f"`{encoder}`",
                "shapes": f"{shape} → {encoder.output_shape(shape)}",
                "parameters": f"{count.substituted} = {count.value}",
            }
        )
    return markdown_table(pd.DataFrame(rows))
