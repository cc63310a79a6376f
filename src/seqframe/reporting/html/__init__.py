"""The report: one HTML page that says what a run came to, and needs neither network nor server."""
