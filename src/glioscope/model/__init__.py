"""Everything inference must know, and no training framework."""
