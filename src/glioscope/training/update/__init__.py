"""The model in use, tuned on what doctors corrected; released only where nothing falls.

- `rebuild`: the Keras network of a bundle, from its ONNX file.
- `tune`: its weights, trained a little further.
- `frozen`: the hospital's test set, which never changes and whose patients teach nothing.
- `judge`: the old and the new model on the same patients.
- `release`: all of it, from folders to a bundle or a refusal.
"""
