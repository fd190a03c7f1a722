"""How often each computer has tried to sign in lately."""

import time
from collections import OrderedDict, deque

# Attempts that one computer may make in a minute, and computers that are kept in mind.
_MOST, _WINDOW_S, _MOST_COMPUTERS = 20, 60.0, 10_000


class Attempts:
    """How often a computer has tried to sign in lately."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[float]] = OrderedDict()

    def allow(self, computer: str) -> bool:
        """Count an attempt; False where there were too many."""
        now = time.monotonic()
        tried = self._of.setdefault(computer, deque())
        self._of.move_to_end(computer)
        while len(self._of) > _MOST_COMPUTERS:
            self._of.popitem(last=False)
        while tried and tried[0] < now - _WINDOW_S:
            tried.popleft()
        if len(tried) >= _MOST:
            return False
        tried.append(now)
        return True
