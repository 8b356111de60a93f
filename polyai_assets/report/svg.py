"""Drawing: a chart becomes SVG that stands in a page, takes the page's colours and font, and needs nothing else.

A chart is a specification of Vega-Lite, written as it is. vl-convert takes a second to start: it is imported where
something is drawn.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

Spec = dict[str, Any]
"""A specification of Vega-Lite, or a part of it: https://vega.github.io/vega-lite/docs/."""

COLOURS = {
    "#000001": "ink",
    "#000002": "muted",
    "#000003": "rule",
    "#000004": "accent",
    "#000005": "paper",
}
"""Stand for colours of the style sheet, which differ by day, by night and on paper."""

INK, MUTED, RULE, ACCENT, PAPER = COLOURS

WIDTH = 340
"""Pixels of a chart: what a telephone shows without making it smaller, and a third of a page."""

HEIGHT = 150
"""Pixels of the height of a chart over time."""

_ALONE = dict(zip(COLOURS, ("#7a8591", "#7a8591", "#c3c9d0", "#178f8a", "#ffffff"), strict=True))
_SVG = "http://www.w3.org/2000/svg"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_DROPPED = ("role", "font-family", "pointer-events", "cursor")

_CONFIG = {
    "background": None,
    "padding": 2,
    "autosize": {"type": "fit", "contains": "padding"},
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": 11,
        "titleColor": MUTED,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "domainColor": RULE,
        "gridColor": RULE,
        "ticks": False,
        "domain": False,
        "labelPadding": 6,
    },
    "axisX": {"grid": False, "domain": True},
    "bar": {"color": ACCENT},
    "line": {"color": ACCENT, "strokeWidth": 1.8, "strokeJoin": "round"},
    "point": {"filled": True, "color": ACCENT, "opacity": 1},
    "rule": {"color": MUTED},
    "text": {"color": INK, "fontSize": 11},
}


SAID: Spec = {"field": "said", "type": "nominal"}
"""What a mark says of itself to whoever points at it, or does not see it."""


def layer(
    values: Sequence[Mapping[str, Any]], mark: str, encoding: Spec, only: str = "", **look: Any
) -> Spec:
    """Make a layer of a chart: a mark for each row of `values` for which the expression `only` holds, if there is one.

    `encoding` says by channel what of a row is shown, `look` how every mark looks.
    """
    made: Spec = {"data": {"values": list(values)}, "mark": {"type": mark, **look}, "encoding": encoding}
    return made | {"transform": [{"filter": only}]} if only else made


def field(name: str, kind: str, **options: Any) -> Spec:
    """Say that a channel shows a field of rows: `kind` is quantitative, ordinal or nominal."""
    return {"field": name, "type": kind, **options}


def where(condition: str, value: object, otherwise: object) -> Spec:
    """Say that a channel has a value where an expression holds, and another elsewhere."""
    return {"condition": {"test": condition, "value": value}, "value": otherwise}


def draw(chart: Spec, name: str, sentence: str) -> Markup:
    """Draw a chart; `sentence` says what it shows to whoever does not see it.

    `name` keeps what it refers to inside of it apart from that of other charts of the page.
    """
    import vl_convert

    drawn = _for_page(vl_convert.vegalite_to_svg(_whole(chart)), name, sentence)
    return Markup(drawn)  # noqa: S704 - the writer of XML escapes every text in it


def draw_alone(chart: Spec) -> str:
    """Draw a chart that stands outside of a page, on a light or a dark ground, as a URL that is the picture itself."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(_whole(chart))
    for stand_in, colour in _ALONE.items():
        svg = svg.replace(stand_in, colour)
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _whole(chart: Spec) -> Spec:
    return {"$schema": _SCHEMA, "width": WIDTH, "config": _CONFIG, **chart}


def _for_page(svg: str, name: str, sentence: str) -> str:
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)  # noqa: S314 - it comes from vl-convert, not from elsewhere
    _clean(root)
    _name_apart(root, name)
    root.attrib = {
        "class": "drawing",
        "viewBox": root.attrib["viewBox"],
        "width": root.attrib["width"],
        "height": root.attrib["height"],
        "role": "img",
        "aria-label": sentence,
    }
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _clean(element: ElementTree.Element) -> None:
    """Take out what a page has no use for, and name colours by the classes of the style sheet."""
    for child in list(element):
        _clean(child)
        if _is_nothing(child):
            element.remove(child)
    said = element.attrib.get("aria-label")
    classes = [
        f"{kind[0]}-{COLOURS[element.attrib[kind]]}"
        for kind in ("fill", "stroke")
        if element.attrib.get(kind) in COLOURS
    ]
    kept = {
        key: _LONG_NUMBER.sub(_shorter, value) if key in ("d", "transform") else value
        for key, value in element.attrib.items()
        if key not in _DROPPED
        and not key.startswith("aria-")
        and key != "class"
        and not (key in ("opacity", "fill-opacity", "stroke-opacity") and value == "1")
        and value not in COLOURS
    }
    element.attrib = {"class": " ".join(classes), **kept} if classes else kept
    if said and element.tag == f"{{{_SVG}}}path":
        title = ElementTree.SubElement(element, f"{{{_SVG}}}title")
        title.text = said


def _name_apart(root: ElementTree.Element, name: str) -> None:
    """Give what is referred to inside of a chart names that no other chart has, and that depend on nothing else."""
    named = [element for element in root.iter() if "id" in element.attrib]
    names = {element.attrib["id"]: f"{name}-{number}" for number, element in enumerate(named)}
    for element in named:
        element.attrib["id"] = names[element.attrib["id"]]
    for element in root.iter():
        for key, value in element.attrib.items():
            if value.startswith("url(#"):
                element.attrib[key] = f"url(#{names[value.removeprefix('url(#').removesuffix(')')]})"


def _is_nothing(element: ElementTree.Element) -> bool:
    tag = element.tag.removeprefix(f"{{{_SVG}}}")
    if tag == "g":
        return len(element) == 0
    return tag == "path" and (
        element.attrib.get("d", "") in ("", "M0,0h0v0h0Z") or "display" in element.attrib
    )


def _shorter(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")
