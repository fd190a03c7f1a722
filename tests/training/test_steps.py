"""Items of a step are told of before and after each."""

from glioscope.texts.message import Message, message
from glioscope.training.steps import telling

WHAT = message("training.predict", count=4)


def test_each_item_is_told_of() -> None:
    heard: list[tuple[int, int]] = []

    def told(what: Message, done: int, count: int) -> None:
        assert what == WHAT
        heard.append((done, count))

    assert list(telling(told, WHAT, "ab", 4, 2)) == ["a", "b"]
    assert heard == [(2, 4), (3, 4), (3, 4), (4, 4)]
