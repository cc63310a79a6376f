"""The report: one self-contained HTML file with conclusion, tables, charts and networks."""
