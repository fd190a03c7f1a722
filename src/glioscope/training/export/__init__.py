"""From finished runs to a bundle that ships.

- `bundle`: runs and the scores of their recipe put together.
- `onnx`: Keras to ONNX, checked against Keras.
- `card`: the model card.
- `patients`: hashes of whom it was trained on.
"""
