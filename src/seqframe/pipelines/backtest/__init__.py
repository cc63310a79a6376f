"""Backtest: forecasts of a table, every framing trained with several seeds on several folds, next to baselines."""
