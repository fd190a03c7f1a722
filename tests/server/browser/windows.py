"""Windows of a Chromium, in which one test after the other looks at pages."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

FORGET = "() => { sessionStorage.clear(); localStorage.clear(); }"


@dataclass
class Visit:
    """A page, and what the browser complained of: nothing, when a test ends."""

    page: Any
    faults: list[str] = field(default_factory=list)

    def forgive(self, part: str) -> None:
        """Forget complaints that a test has caused on purpose."""
        self.faults[:] = [fault for fault in self.faults if part not in fault]


class Windows:
    """The windows of a Chromium, private ones of a reader each.

    One that a test has left has forgotten all but the files that it has fetched: a new one starts a
    process, fetches and compiles the scripts once more, and costs three times as much as a page.
    """

    def __init__(self, chromium: Any) -> None:
        self.chromium = chromium
        self._left: dict[tuple[str, str], list[Visit]] = defaultdict(list)

    @contextmanager
    def window(self, address: str, lang: str = "en-GB", height: int = 800) -> Iterator[Visit]:
        """A window of a server's reader with an empty page; complaints fail the test."""
        left = self._left[address, lang]
        visit = left.pop() if left else self._open(address, lang)
        visit.faults.clear()
        context = visit.page.context
        try:
            visit.page.set_viewport_size({"width": 1280, "height": height})
            yield visit
            assert visit.faults == []
            if not visit.page.is_closed():
                _forget(visit.page, address)
                left.append(visit)
        finally:
            if visit not in left:
                context.close()

    def close(self) -> None:
        """Close them all."""
        for left in self._left.values():
            for visit in left:
                visit.page.context.close()
        self._left.clear()

    def _open(self, address: str, lang: str) -> Visit:
        # What moves on a page is drawn anew sixty times a second.
        context = self.chromium.new_context(base_url=address, locale=lang, reduced_motion="reduce")
        context.set_default_timeout(30_000)
        visit = Visit(context.new_page())
        visit.page.on("pageerror", lambda error: visit.faults.append(str(error)))
        visit.page.on("console", lambda said: _note(visit.faults, said))
        return visit


def _forget(page: Any, address: str) -> None:
    """Leave the page, and have nothing kept: no cookie, no draft, no choice."""
    page.unroute_all()
    page.context.clear_cookies()
    _leave(page)
    page.evaluate(FORGET)
    browser = page.context.new_cdp_session(page)
    browser.send(
        "Storage.clearDataForOrigin", {"origin": address.rstrip("/"), "storageTypes": "all"}
    )
    browser.detach()
    page.emulate_media(media="null", color_scheme="light", reduced_motion="reduce")
    page.mouse.move(0, 0)


def _leave(page: Any) -> None:
    """To an address without a script, from a page that may be leaving for the sign-in by itself."""
    from playwright.sync_api import Error

    try:
        page.goto("/health")
    except Error as error:
        if "ERR_ABORTED" not in str(error):
            raise
        page.goto("/health")


def _note(faults: list[str], said: Any) -> None:
    # What the driver says of its own reading of pixels is no fault of the page.
    if said.type in {"error", "warning"} and "GPU stall" not in said.text:
        faults.append(said.text)
