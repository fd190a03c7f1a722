"""What files come in: folders, ZIP archives, discs."""
