"""A network per fold, and what each says of the patients it never saw.

- `cross_validation`: training of folds, and their raw predictions.
- `start`: a bundle's network to begin with, which has not learned from whom it is judged by.
- `side_by_side`: the same at once, on the computers of a Ray cluster.
- `eight_bits`: what they say once they count in 8 bits.
- `out_of_fold`: decided predictions and the plan of a run.
- `leaky`: the paper's own protocol, for comparison with it alone.
"""
