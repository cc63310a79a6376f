"""One framing from rows to scores: frame -> build -> train -> evaluate -> report. The same nodes for every framing."""


# How often each framing learns: the same training from many seeds.
