"""From a file or a generator to windows of scaled data. Independent of framings and networks."""
