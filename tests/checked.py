"""What stands around every annotated call in tests: a check of types and of the shapes of arrays.

The import hook of jaxtyping puts its own decorator there, which binds the arguments of each call
twice and checks them twice; this one does so once.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any, Self, get_args

import jaxtyping
from beartype import BeartypeConf, FrozenDict, beartype

_shapes_agree = jaxtyping.jaxtyped
# jaxtyping decorates methods one by one, where beartype cannot know what Self stands for. As for
# every type checker (PEP 484), an int may stand where a float is expected.
_beartype = beartype(
    conf=BeartypeConf(
        hint_overrides=FrozenDict({Self: Any}), is_pep484_tower=True, violation_type=TypeError
    )
)


def install(modules: list[str]) -> None:
    """Check all calls of what is imported from `modules` from here on."""
    jaxtyping.install_import_hook(modules, None)
    # The name by which the hook decorates.
    jaxtyping.jaxtyped = lambda typechecker: _checked


def _checked(what: Any) -> Any:
    """`what` with arguments and answers checked: a function, or a class with a made `__init__`."""
    if isinstance(what, classmethod | staticmethod):
        return type(what)(_checked(what.__func__))
    if isinstance(what, property):
        return property(*(f and _checked(f) for f in (what.fget, what.fset, what.fdel)))
    if inspect.isclass(what):
        if is_dataclass(what) and "__init__" in vars(what):
            what.__init__ = _checked(what.__init__)
        return what
    return _checked_call(what)


def _checked_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """The check is made when it is first needed: most processes call few functions.

    A quoted annotation is left unchecked: it names what is imported for type checkers only. Shapes
    are never quoted as a whole.
    """
    checked: Callable[..., Any] | None = None
    has_arrays = False

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal checked, has_arrays
        if jaxtyping.config.jaxtyping_disable:
            return function(*args, **kwargs)
        if checked is None:
            hints = getattr(function, "__annotations__", {})
            for name, hint in hints.items():
                if isinstance(hint, str):
                    hints[name] = Any
            checked = _beartype(function)
            has_arrays = any(map(_names_arrays, hints.values()))
        if not has_arrays:
            return checked(*args, **kwargs)
        with _shapes_agree("context"):
            return checked(*args, **kwargs)

    return call


def _names_arrays(hint: Any) -> bool:
    """Whether shapes stand anywhere in an annotation, so that they have to agree."""
    if isinstance(hint, type) and issubclass(hint, jaxtyping.AbstractArray):
        return True
    inside = [*get_args(hint), *getattr(hint, "__constraints__", ())]
    bound = getattr(hint, "__bound__", None) or getattr(hint, "__supertype__", None)
    return any(map(_names_arrays, (*inside, bound) if bound else inside))
