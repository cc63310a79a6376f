"""Frame, build, train, evaluate and report one framing, and the study of many seeds. All framings share the nodes."""
