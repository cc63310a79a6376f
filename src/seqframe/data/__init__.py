"""From a file or a generator to windows of scaled rows. Nothing here knows of framings or networks."""
