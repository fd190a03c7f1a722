"""A network per fold, and what each says of the patients it never saw."""
