"""Random settings and random tables: right values or one line."""
