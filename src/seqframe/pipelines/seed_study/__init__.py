"""How often each framing learns: the same training from many seeds."""
