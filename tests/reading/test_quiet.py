import warnings

import pytest

from glioscope.reading.quiet import quietly


def test_who_leaves_first_does_not_end_the_silence_of_others() -> None:
    first, second = quietly(), quietly()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    warnings.warn("unheard", stacklevel=1)
    second.__exit__(None, None, None)
    with pytest.raises(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_it_ends_with_an_error_too() -> None:
    with pytest.raises(ValueError, match="damaged"), quietly():
        raise ValueError("damaged")
    with pytest.raises(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)
