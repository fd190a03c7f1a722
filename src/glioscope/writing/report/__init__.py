"""The report for people: one content, as PDF and HTML."""
