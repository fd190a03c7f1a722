"""How the times of the page are summed up; they are measured by hand, when nothing else runs."""

from bench.page import LIMITS, kept, summary


def test_a_median_and_a_high_percentile() -> None:
    assert summary([3.0]) == {"median_ms": 3.0, "p95_ms": 3.0}
    took = [float(n) for n in range(100, 0, -1)]
    assert summary(took) == {"median_ms": 50.5, "p95_ms": 96.0}


def test_a_limit_is_kept_when_every_view_keeps_it() -> None:
    within = {name: {"median_ms": most, "p95_ms": 9e9} for name, most in LIMITS.items()}
    slow = {**within, "brush": {"median_ms": LIMITS["brush"] + 0.1, "p95_ms": 0.0}}
    found = kept({"niivue": within, "canvas": slow})
    assert [name for name, well in found.items() if not well] == ["brush"]
