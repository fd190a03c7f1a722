"""From finished runs to a bundle that ships.

- `bundle`: runs and the scores of their recipe put together.
- `onnx`: Keras to ONNX, checked against Keras.
- `eight_bits`: a bundle's network in 8 bits.
- `sub_pixel`: transposed convolutions as plain ones.
- `card`: the model card.
- `fingerprint`: what it was trained on, without a name, and who was held out when.
- `monai`: a bundle as one of MONAI's.
- `patients`: hashes of whom it was trained on.
"""
