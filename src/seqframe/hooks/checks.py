"""Check the settings and the selected nodes before anything runs."""

from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from seqframe.api.checks import check_setting_names
from seqframe.config import Settings, parse_settings
from seqframe.evaluation.sweeps import check_sweep
from seqframe.framings import candidate_framings, check_supported
from seqframe.hooks.pipeline_content import SEARCH, framings_in
from seqframe.hooks.selection import check_inputs
from seqframe.pipeline_registry import pipelines_for


class SettingsHooks:
    """Check the settings before anything runs, and choose the framings that support them."""

    settings: Settings | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Parse the settings; pipelines of all framings are then reduced to the supported ones."""
        settings = parse_settings(context.config_loader["parameters"])
        check_setting_names(settings)
        SettingsHooks.settings = settings
        pipelines.update(pipelines_for(settings))

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Refuse a framing that does not support the settings, and nodes whose inputs are not available."""
        if self.settings is None:
            return
        if any(node.name == SEARCH for node in pipeline.nodes):
            check_sweep(self.settings)
        names = set(framings_in(pipeline))
        if any(node.name in ("refit", "score_best") for node in pipeline.nodes):
            names.add(str(self.settings.backtest.refit))
        for framing in candidate_framings():
            if framing.name in names:
                check_supported(framing, self.settings, candidate_framings(self.settings))
        check_inputs(pipeline, catalog, run_params)
