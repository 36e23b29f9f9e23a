"""A Grafana dashboard's JSON as a console template of Prometheus: the same panels, expressions and places, drawn by
Prometheus' own graphs (PromConsole). Nothing of a dashboard is repeated here."""

import json
import re
from html import escape
from pathlib import Path

UNIT_OF_GRID = 34  # pixels that one line of a dashboard's grid is high
HEADER = 70
RATE_INTERVAL = "1m"
FORMATS = {
    "short": "y => short(y)", "reqps": "y => short(y) + '/s'", "ops": "y => short(y) + '/s'", "s": "y => short(y) + 's'",
    "percentunit": "y => short(y * 100) + ' %'", "bytes": "y => short(y) + 'B'",
}
PAGE = (Path(__file__).parent / "console.html").read_text()


def filled(expression, dashboard, seconds):
    """An expression as Grafana asks it when all values of every variable are chosen."""
    values = {one["name"]: one["allValue"] for one in dashboard["templating"]["list"] if "allValue" in one}
    values |= {"__rate_interval": RATE_INTERVAL, "__range": f"{seconds}s"}
    return re.sub(r"\$(\w+)", lambda variable: values[variable[1]], expression)


def expressions(panel, dashboard, seconds):
    return [filled(target["expr"], dashboard, seconds) for target in panel.get("targets", [])]


def sections(dashboard):
    """The panels between one row's title and the next, the title first."""
    found = [[]]
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            found.append([])
        found[-1].append(panel)
    return [section for section in found if section]


def quoted(value):
    """For a script in a template: braces would be the template's."""
    return json.dumps(value).replace("{", "\\u007b").replace("<", "\\u003c")


def graph(panel, number, asked):
    legends = [target["legendFormat"] for target in panel["targets"]]
    unit = FORMATS[panel["fieldConfig"]["defaults"]["unit"]]
    return (
        f'<div id="graph{number}"></div><script>draw("graph{number}", {quoted(asked)}, {quoted(legends)}, {unit});</script>'
    )


def bars(panel, asked):
    """Values of now: a bar each, the longest is as long as the panel is wide, or as 100 %."""
    (query,), (target,) = asked, panel["targets"]
    legend = re.sub(r"\{\{(\w+)\}\}", r"{{ .Labels.\1 }}", escape(target["legendFormat"]))
    share = panel["fieldConfig"]["defaults"]["unit"] == "percentunit"
    longest = "1" if share else f"{{{{ query {json.dumps(f'max({query})')} | first | value }}}}"
    shown = "humanizePercentage" if share else 'printf "%.0f"'
    return (
        f"{{{{ with query {json.dumps(query)} }}}}<table class=bars>{{{{ range . }}}}<tr><th>{legend}</th>"
        f'<td><meter max="{longest}" value="{{{{ .Value }}}}"></meter></td>'
        f"<td>{{{{ .Value | {shown} }}}}</td></tr>{{{{ end }}}}</table>{{{{ else }}}}<p>nothing</p>{{{{ end }}}}"
    )


def tile(panel, number, top, dashboard, seconds):
    place = panel["gridPos"]
    at = f'style="grid-area: {place["y"] - top + 1} / {place["x"] + 1} / span {place["h"]} / span {place["w"]}"'
    if panel["type"] == "row":
        return f'<h2 {at}>{escape(panel["title"])}</h2>'
    asked = expressions(panel, dashboard, seconds)
    inside = graph(panel, number, asked) if panel["type"] == "timeseries" else bars(panel, asked)
    return f'<section {at}><h3>{escape(panel["title"])}</h3><p>{escape(panel["description"])}</p>{inside}</section>'


def page(dashboard, shown, seconds):
    """The template of some sections of a dashboard that follow each other, and how high it is."""
    top = shown[0]["gridPos"]["y"]
    tiles = [tile(panel, number, top, dashboard, seconds) for number, panel in enumerate(shown)]
    lines = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in shown) - top
    text = PAGE.replace("TITLE", escape(dashboard["title"])).replace("ABOUT", escape(dashboard["description"]))
    text = text.replace("LINE", str(UNIT_OF_GRID)).replace("TILES", "\n".join(tiles))
    return text, HEADER + lines * UNIT_OF_GRID
