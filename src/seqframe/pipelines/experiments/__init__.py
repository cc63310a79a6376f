"""The tutorial's experiments: one node each, a table of all findings, and a page."""
