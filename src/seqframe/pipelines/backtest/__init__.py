"""Forecasts of a table: every framing tried in folds from several seeds, beside naive and linear ones."""
