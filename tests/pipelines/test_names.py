"""Names of the pipelines, which are known before the pipelines are made."""

from seqframe.pipeline_registry import register_pipelines
from seqframe.pipelines.names import pipeline_names


def test_every_pipeline_has_a_name_in_the_list() -> None:
    assert pipeline_names() == sorted(register_pipelines())
