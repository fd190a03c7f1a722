"""From a finished run to a bundle that ships."""
