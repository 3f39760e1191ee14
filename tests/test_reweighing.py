"""Other weights on the same facts: what is asked for, and the others in proportion."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from csperf import InputError, load_scheme
from csperf.scheme.reweighing import component_weights, with_weights

SCHEMES = sorted(Path("params/schemes").glob("*.yaml"))
SHOP = load_scheme("params/schemes/online_shop.yaml")


def test_a_component_of_groups_within_groups_weighs_the_product_of_its_weights() -> None:
    """Work performance is 70 of the manager's 70 of 100, and conversion 15 of its 100."""
    assert component_weights(SHOP)["self/task_completion"] == 30
    path = "store_manager/work_performance/chat/inquiry_conversion"
    assert component_weights(SHOP)[path] == pytest.approx(0.7 * 70 * 0.15, abs=1e-9)


def test_the_others_keep_their_proportions() -> None:
    """The own view goes from 30 to 65; what was 70 is 35, so each of the others is halved."""
    before = component_weights(SHOP)
    after = component_weights(with_weights(SHOP, {"self/task_completion": 65}))
    assert after.pop("self/task_completion") == pytest.approx(65)
    assert after == pytest.approx({path: before[path] / 2 for path in after}, abs=1e-6)


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
@given(weight=some.floats(0, 100))
@settings(max_examples=5, deadline=None)
def test_any_component_of_any_scheme_takes_any_weight(path: Path, weight: float) -> None:
    scheme = load_scheme(path)
    first, *others = before = component_weights(scheme)
    if not others:
        return
    after = component_weights(with_weights(scheme, {first: weight}))
    assert after[first] == pytest.approx(weight, abs=1e-6)
    assert sum(after.values()) == pytest.approx(100, abs=1e-6)
    assert list(after) == list(before)


def test_weights_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(InputError, match=r"no component 'self/task_completio' \(meant 'self/task"):
        with_weights(SHOP, {"self/task_completio": 10})
    for wrong in (-1, 101):
        with pytest.raises(InputError, match=f"weights of {wrong} in all"):
            with_weights(SHOP, {"self/task_completion": wrong})
