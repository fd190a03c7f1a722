"""From a mask and probabilities to what a person is told of them."""
