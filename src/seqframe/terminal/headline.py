"""What is run, in the words of its settings."""

from seqframe.config import Settings


def facts(pipeline: str, settings: Settings) -> str:
    """The pipeline, and the settings that tell its runs apart."""
    if pipeline == "answers":
        asked = settings.answers.only or "all questions"
        return f"{pipeline} · {asked} · {settings.answers.seeds} seeds"
    if pipeline == "predict":
        return f"{pipeline} · {settings.problem.name}" if settings.problem.table else pipeline
    many = settings.trains_many(pipeline)
    seed = f"{settings.training.seeds} seeds" if many else f"seed {settings.training.seed}"
    return f"{pipeline} · {settings.problem.name} · {settings.task.kind} · {seed}"
