"""Documentation that is generated from code, so that pages about framings and settings match it."""
