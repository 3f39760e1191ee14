"""Figures as SVG that is small: what matplotlib repeats for every mark is said once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
GROUP = f"{{{SVG}}}g"
PLACES = ("d", "x", "y", "width", "height", "transform", "points", "cx", "cy", "r")
FRACTION = re.compile(r"-?\d+\.\d+")
UPRIGHT = re.compile(r"rotate\(-?0[ )]")

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def compact(svg: str) -> str:
    """Return the same picture in fewer bytes; the texts in it stay as they are.

    Metadata go, styles that several marks share become classes, groups without a purpose and blanks
    between elements go, and places are given to a hundredth of a point.
    """
    root = ElementTree.fromstring(svg)
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    counts = Counter(
        element.attrib["style"] for element in root.iter() if "style" in element.attrib
    )
    shared = [style for style, n in counts.most_common() if n > 1]
    names = {style: f"s{place}" for place, style in enumerate(shared)}
    referred = {*_references(root)}
    for element in root.iter():
        _shorten(element, names, referred)
    _without_plain_groups(root)
    if names:
        rules = Element(f"{{{SVG}}}style")
        rules.text = "".join(f".{name}{{{style}}}" for style, name in names.items())
        root.insert(0, rules)
    return ElementTree.tostring(root, encoding="unicode")


def _shorten(element: Element, names: dict[str, str], referred: set[str]) -> None:
    if element.get("style") in names:
        element.set("class", names[element.attrib.pop("style")])
    if element.get("id") not in referred:
        element.attrib.pop("id", None)
    for name in PLACES:
        if value := element.get(name):
            short = FRACTION.sub(lambda number: f"{round(float(number[0]), 2):g}", value)
            element.set(name, " ".join(short.split()))
    if UPRIGHT.match(element.get("transform", "")):
        del element.attrib["transform"]
    is_text = element.tag == f"{{{SVG}}}text"
    if element.text and not is_text and not element.text.strip():
        element.text = None
    if element.tail and not element.tail.strip():
        element.tail = None


def _without_plain_groups(element: Element) -> None:
    """Put what is in groups without attributes in their place."""
    for child in element:
        _without_plain_groups(child)
    while any(child.tag == GROUP and not child.attrib for child in element):
        inside = [
            [*child] if child.tag == GROUP and not child.attrib else [child] for child in element
        ]
        element[:] = [each for children in inside for each in children]


def _references(root: Element) -> Iterator[str]:
    """Ids that other elements refer to."""
    for element in root.iter():
        for value in element.attrib.values():
            yield from re.findall(r"url\(#([^)]+)\)", value)
            if value.startswith("#"):
                yield value[1:]
