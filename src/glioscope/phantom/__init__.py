"""Synthetic heads with known answers, made by code."""
