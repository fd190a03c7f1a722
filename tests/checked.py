"""The type checker that the import hook of conftest.py puts around every annotated call."""

from collections.abc import Callable
from typing import Any, Self

from beartype import BeartypeConf, FrozenDict, beartype

# jaxtyping decorates methods one by one, where beartype cannot know what Self stands for. As for
# every type checker (PEP 484), an int may stand where a float is expected.
_beartype = beartype(
    conf=BeartypeConf(hint_overrides=FrozenDict({Self: Any}), is_pep484_tower=True)
)


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with its arguments and answer checked.

    The check is made when it is first needed: most processes call few of the functions that they
    import. A quoted annotation is left unchecked: it names what is imported for type checkers
    only. Shapes are never quoted as a whole.
    """
    checked: Callable[..., Any] | None = None

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal checked
        if checked is None:
            hints = getattr(function, "__annotations__", {})
            for name, hint in hints.items():
                if isinstance(hint, str):
                    hints[name] = Any
            checked = _beartype(function)
        return checked(*args, **kwargs)

    return call
