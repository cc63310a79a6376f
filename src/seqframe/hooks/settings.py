"""Settings are checked before anything runs."""

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.pipeline import Pipeline

from seqframe.config import Settings, read_settings
from seqframe.framings import FRAMINGS, check_names, check_settings
from seqframe.hooks.pipelines import framings_of
from seqframe.pipeline_registry import pipelines_for


class SettingsHooks:
    """Refuse bad settings before anything runs, and choose the framings that can do what the others ask for."""

    settings: Settings | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Type the parameters of the run; pipelines of all framings are then of those that can pose it."""
        settings = read_settings(context.config_loader["parameters"])
        check_names(settings.training.named_framings(), "training.epochs")
        check_names({settings.backtest.keep} if settings.backtest.keep else set(), "backtest.keep")
        SettingsHooks.settings = settings
        pipelines.update(pipelines_for(settings))

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Refuse what one of the framings cannot pose."""
        if self.settings is None:
            return
        names = set(framings_of(pipeline))
        if any(node.name == "keep" for node in pipeline.nodes):
            names.add(str(self.settings.backtest.keep))
        for framing in FRAMINGS:
            if framing.name in names:
                check_settings(framing, self.settings, FRAMINGS)
