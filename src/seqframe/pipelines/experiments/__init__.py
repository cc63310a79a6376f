"""The tutorial's questions, answered: a node for each, a table of all, and a page for people."""
