"""One framing from rows to scores: frame -> build -> train -> evaluate -> report. The same nodes for every framing."""
