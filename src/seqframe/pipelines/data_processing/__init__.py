"""From the source of the data to a dataset: split, imputed, scaled and windowed. Independent of the framing."""
