"""One run: stages, epochs, checkpoint."""
