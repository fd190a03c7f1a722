"""A local web server on which results are seen and corrected."""
