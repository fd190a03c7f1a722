"""The option `--spacing`."""

from glioscope.errors import UsageError


def spacing_in(text: str) -> tuple[float, float, float]:
    """Distances in mm between rows, columns and slices, in `ROW,COL,SLICE`.

    Raises:
        UsageError: not three positive numbers.
    """
    try:
        row, column, between = (float(part) for part in text.split(","))
    except ValueError:
        row = column = between = 0.0
    if not all(0 < value < float("inf") for value in (row, column, between)):
        raise UsageError("cli.spacing", value=text)
    return row, column, between
