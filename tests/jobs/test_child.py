"""What a study's process hears from its worker; what it does is tested with its callers."""

import io
import sys

import msgspec
import pytest

from glioscope.jobs import child
from glioscope.jobs.orders import Order


def test_an_order_is_utf8_whatever_the_code_page(monkeypatch: pytest.MonkeyPatch) -> None:
    order = Order(input="C:/Users/Анна/study", place=0, out="out", name="study", lang="ru")
    line = msgspec.json.encode(order) + b"\r\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line), encoding="cp1251"))
    assert msgspec.json.decode(child._told(), type=Order) == order
    assert child._told() == b""
