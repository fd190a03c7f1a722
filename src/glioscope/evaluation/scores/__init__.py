"""Figures of patients and cohorts with their intervals."""
