"""Correcting an outline in a real browser: drawn, kept through every mishap, saved voxel for voxel."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.server.browser.readers import (
    PASSWORD,
    Reader,
    add_readers,
    at_the_page,
    hand_in,
    watch,
)
from tests.server.browser.conftest import Server

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

ARC = ((0.46, 0.40), (0.52, 0.36), (0.57, 0.44))
NO_WEBGL = """
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return kind.startsWith("webgl") ? null : getContext.call(this, kind, ...more);
  };
"""


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    """A server with readers."""
    data = tmp_path_factory.mktemp("data")
    add_readers(data)
    started = Server(data)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def study(hospital: Server, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    return hand_in(browser, hospital.address, tmp_path_factory.mktemp("study"))


@pytest.fixture
def anna(hospital: Server, browser: Any) -> Iterator[Reader]:
    with at_the_page(browser, hospital.address, "anna") as reader:
        yield reader
        reader.page.request.delete(f"/api/v1/studies/{reader.page.url.split('/')[4][:32]}/draft")


def begin_empty(reader: Reader) -> None:
    reader.page.locator(".starts button", has_text="empty").click()
    reader.page.keyboard.press("b")
    expect(reader.page.locator(".correct")).to_be_visible()


def saved(reader: Reader) -> None:
    expect(reader.page.locator("#kept")).to_have_text("saved", use_inner_text=True)
