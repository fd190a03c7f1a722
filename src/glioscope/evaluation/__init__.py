"""How well a model does: figures, predictions, splits, scores and the page that shows them."""
