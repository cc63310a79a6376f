"""The Keras code on the page "One label per step" does what the page says."""

import re

import keras
import numpy as np
import pytest

from conftest import ROOT

PAGE = (ROOT / "docs" / "one-label-per-step.md").read_text()


@pytest.mark.slow
def test_the_code_of_the_page_trains_a_tagger_and_masks_padded_steps() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    labels, padding = (block for block in blocks if "random" in block)
    names: dict[str, object] = {}
    keras.utils.set_random_seed(0)  # other tests may have enabled determinism, which needs a seed
    exec(labels, names)
    assert (names["labels"] == names["y"]).mean() > 0.85
    padding, after = padding.split("valid = ")
    exec(padding, names)
    of_keras = float(names["accuracy"])
    exec("valid = " + after, names)
    assert names["X"].shape == (500, 10, 1)
    assert not names["valid"].all()
    np.testing.assert_allclose(names["accuracy"], of_keras, atol=1e-6)
