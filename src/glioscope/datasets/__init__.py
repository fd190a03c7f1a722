"""Research data sets: fetched, checked, packed, drawn."""
