"""Thresholds and other figures of a plan, fitted out of fold."""
