"""Figures in fewer bytes: the same marks and texts, and no text taken for markup."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame

from csperf.reporting.display import Figure
from csperf.reporting.plots import points_by_component
from csperf.reporting.svg import SVG, compact

WRITTEN = f"""<?xml version="1.0"?>
<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" width="468pt" viewBox="0 0 468 288">
 <metadata><a/></metadata>
 <defs><path id="mark" d="M 0 3
L 0.123456 -2.9999 "/></defs>
 <g id="axes"><g id="in">
  <text style="font-size: 10px" x="69.693989" y="20.5" transform="rotate(-0 69.7 20.5)">TEXT</text>
  <text style="font-size: 10px" x="1" transform="rotate(-60 1 2)">B</text>
  <use xlink:href="#mark" style="stroke: #333333" x="12345.678" clip-path="url(#clip)"/>
 </g></g>
 <defs><clipPath id="clip"><rect width="1"/></clipPath></defs>
</svg>
"""


def parsed(svg: str) -> list[ElementTree.Element]:
    return [*ElementTree.fromstring(svg).iter()]


def test_what_is_repeated_is_said_once_and_what_is_referred_to_stays() -> None:
    small = compact(WRITTEN)
    assert small.count("font-size: 10px") == 1
    assert small.count('class="s0"') == 2
    assert 'style="stroke: #333333"' in small
    assert {each.get("id") for each in parsed(small)} == {None, "mark", "clip"}
    assert [each.tag.removeprefix(f"{{{SVG}}}") for each in parsed(small)] == [
        *("svg", "style", "defs", "path", "text", "text", "use", "defs", "clipPath", "rect")
    ]


def test_places_are_given_to_a_hundredth_and_upright_texts_are_not_turned() -> None:
    by_tag = {each.tag.removeprefix(f"{{{SVG}}}"): each for each in parsed(compact(WRITTEN))}
    assert by_tag["path"].get("d") == "M 0 3 L 0.12 -3"
    assert by_tag["text"].get("transform") == "rotate(-60 1 2)"  # the last one
    assert compact(WRITTEN).count("rotate") == 1
    assert float(by_tag["use"].get("x")) == pytest.approx(12345.678, abs=0.05)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_text_stays_as_it_is(name: str) -> None:
    escaped = name.replace("&", "&amp;").replace("<", "&lt;")
    [text, _] = [
        e for e in parsed(compact(WRITTEN.replace("TEXT", escaped))) if e.tag.endswith("}text")
    ]
    assert text.text == name


def test_a_figure_of_ten_people_and_seventeen_components_is_under_forty_kilobytes() -> None:
    points = DataFrame([[50.0 + n % 7 for n in range(17)]] * 10)
    svg = Figure(points_by_component(points, ""), "c", "a").svg
    assert len(svg.encode()) < 40_000
    assert len(re.findall("<text", svg)) == 170 + 27
