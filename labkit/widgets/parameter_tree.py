"""Names as paths: which parameters one call of GetParametersByPath reaches, and which the next page brings.

The tree is what the lab holds; the ticks are what the lab's Parameter Store has answered, page by page.
Source: SSM API Reference, "GetParametersByPath"; Systems Manager User Guide, "Working with parameter
hierarchies".
"""

from typing import Any

import boto3
import ipywidgets
import pandas as pd
from botocore.exceptions import ClientError
from traitlets import Bool, HasTraits, Int, Unicode

from labkit import progress
from labkit.lab import Lab
from labkit.widgets.panel import Panel
from labkit.widgets.parameter_lines import tree
from labkit.widgets.predict import OPEN, RIGHT, SKIPPED, WRONG
from labkit.widgets.view import code, frame, heading, told, twin

ALL = "(all)"
PAGE = 10


class PathTree(HasTraits):
    """The parameters of a lab, and what a call of GetParametersByPath brings of them.

    `path`, `recursive`, `max_results` and `only` are what is asked: `only` is "(all)", or a filter such as
    "Type: SecureString" or "Label: live". `pages` holds the names of each answer so far; `answers` counts
    the answers, refused ones too.
    """

    path = Unicode("/")
    recursive = Bool(False)
    max_results = Int(PAGE, min=1, max=PAGE)
    only = Unicode(ALL)
    answers = Int(0)

    def __init__(self, lab: Lab, path: str = "/", name: str = "10-path-tree") -> None:
        super().__init__()
        self.lab, self.name, self.path = lab, name, path
        self.expected: int | None = None
        self._ssm = boto3.client("ssm")
        self._forget()
        self.observe(lambda _: self._forget(), ["path", "recursive", "max_results", "only"])

    def ask(self, expected: int | None = None) -> list[str]:
        """Call GetParametersByPath once; returns the names that came. `expected` is how many we predict."""
        self._forget()
        self._call()
        names = self.pages[0] if self.pages else []
        if not self.error:
            self.expected = expected
            self.outcome = SKIPPED if expected is None else RIGHT if expected == len(names) else WRONG
            progress.record("predictions", self.name, predicted=expected, outcome=self.outcome)
        self.answers += 1
        return names

    def more(self) -> list[str]:
        """Ask for the next page; returns its names. LookupError where the last answer had no NextToken."""
        if self.token is None:
            raise LookupError("there is no NextToken: the last page was the last one")
        self._call(NextToken=self.token)
        self.answers += 1
        return self.pages[-1]

    @property
    def request(self) -> dict[str, Any]:
        """What is sent, as boto3 takes it."""
        asked: dict[str, Any] = {"Path": self.path}
        if self.recursive:
            asked["Recursive"] = True
        if self.max_results != PAGE:
            asked["MaxResults"] = self.max_results
        if self.only != ALL:
            key, _, value = self.only.partition(": ")
            asked["ParameterFilters"] = [{"Key": key, "Values": [value]}]
        return asked

    @property
    def table(self) -> pd.DataFrame:
        """A row a parameter: its newest version, the labels of all versions, the page that it came on."""
        stored = self.lab.parameters()
        here = stored[stored["region"] == self._ssm.meta.region_name]
        newest = here.sort_values("Version").groupby("Name").tail(1).set_index("Name")
        labels = here[here["Labels"] != ""].groupby("Name")["Labels"].agg(", ".join)
        pages = {name: number for number, names in enumerate(self.pages, 1) for name in names}
        table = newest[["Type", "Tier", "Version"]].sort_index()
        table["Labels"] = labels.reindex(table.index).fillna("")
        table["Page"] = pd.Series([pages.get(name) for name in table.index], table.index, dtype="Int64")
        rows: pd.DataFrame = table.reset_index()
        return rows

    @property
    def paths(self) -> list[str]:
        """Every path that a parameter is under."""
        names = [name for name in self.table["Name"] if name.startswith("/")]
        above = {name[:place] for name in names for place, letter in enumerate(name) if letter == "/"}
        return ["/", *sorted(above - {""})]

    @property
    def filters(self) -> list[str]:
        """What `only` may be, from the types and labels that there are."""
        table = self.table
        labels = sorted({one for text in table["Labels"] for one in text.split(", ") if one})
        kinds = sorted(set(table["Type"]))
        return [ALL, *(f"Type: {kind}" for kind in kinds), *(f"Label: {label}" for label in labels)]

    @property
    def reasons(self) -> list[str]:
        """Why so many names came, and no others."""
        told_all, under = [], self.path.rstrip("/") + "/"
        names = [str(name) for name in self.table["Name"]]
        deeper = sum(name.startswith(under) and "/" in name.removeprefix(under) for name in names)
        if deeper and not self.recursive:
            told_all.append(f"Names more than one level below: {deeper}. Recursive reaches them, too.")
        if self.path in names:
            told_all.append(f"{self.path} is a parameter as well, but it is not under itself.")
        if self.token:
            told_all.append(f"A page holds {self.max_results} at most. NextToken leads to the next page.")
        else:
            told_all.append("There is no NextToken: nothing more would come.")
        return told_all

    def _forget(self) -> None:
        self.pages: list[list[str]] = []
        self.token: str | None = None
        self.error, self.outcome, self.expected = "", OPEN, None

    def _call(self, **more: str) -> None:
        try:
            answer = self._ssm.get_parameters_by_path(**self.request, **more)
        except ClientError as error:
            self.error, self.token = str(error), None
            return
        self.pages.append([one["Name"] for one in answer["Parameters"]])
        self.token = answer.get("NextToken")


class ParameterTree(Panel):
    """The tree with its ticks, what to ask, a prediction, and buttons to ask and to turn the page."""

    def __init__(self, lab: Lab, path: str = "/") -> None:
        self.model = PathTree(lab, path)
        wide = ipywidgets.Layout(width="auto")
        self.path = ipywidgets.Dropdown(
            options=sorted({path, *self.model.paths}), value=path, description="Path"
        )
        self.recursive = ipywidgets.Checkbox(description="Recursive", indent=False, layout=wide)
        self.most = ipywidgets.IntSlider(value=PAGE, min=1, max=PAGE, description="MaxResults")
        self.only = ipywidgets.Dropdown(options=self.model.filters, description="Only")
        self.expected = ipywidgets.IntSlider(
            value=0, min=0, max=PAGE, description="We expect", tooltip="how many names one call returns"
        )
        self.go = self._button("Predict and ask", lambda: self.model.ask(self.expected.value))
        self.go.button_style, self.go.icon = "primary", "play"
        self.leave = self._button("Just ask", self.model.ask)
        self.next = self._button("Next page", self.model.more)
        self.next.icon = "arrow-right"
        self.picture, self.answer = ipywidgets.HTML(), ipywidgets.HTML()
        for control, trait in (
            (self.path, "path"),
            (self.recursive, "recursive"),
            (self.most, "max_results"),
            (self.only, "only"),
        ):
            ipywidgets.link((control, "value"), (self.model, trait))
        self.model.observe(self._draw, ["path", "recursive", "max_results", "only", "answers"])
        self._draw()
        super().__init__(
            [
                ipywidgets.HTML(heading("Predict: how many names does one call return?")),
                ipywidgets.HBox([self.path, self.only, self.recursive]),
                ipywidgets.HBox([self.most, self.expected]),
                ipywidgets.HBox([self.go, self.leave, self.next]),
                self.answer,
                self.picture,
            ]
        )

    def _button(self, text: str, work: Any) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text)
        button.on_click(lambda _: work())
        return button

    def _draw(self, _: object = None) -> None:
        model, table = self.model, self.model.table
        self.next.disabled = model.token is None
        self.answer.value = self._said()
        reached = int(table["Page"].notna().sum())
        label = f"{len(table)} parameters, {reached} of them reached so far"
        arguments = ", ".join(f"{name}={value!r}" for name, value in model.request.items())
        self.picture.value = (
            code(f"ssm.get_parameters_by_path({arguments})")
            + frame(tree(table, model.path), f"{label}. Path asked for: {model.path}.")
            + twin(table)
        )

    def _said(self) -> str:
        model = self.model
        if model.error:
            return told("wrong", model.error)
        if not model.pages:
            return ""
        if len(model.pages) > 1:
            return told(
                "told", f"Page {len(model.pages)}: {_names(len(model.pages[-1]))} came.", *model.reasons
            )
        came = f"{_names(len(model.pages[0]))} came."
        if model.outcome == SKIPPED:
            return told("told", came, *model.reasons)
        return told(
            "right" if model.outcome == RIGHT else "wrong",
            f"Predicted: {model.expected}. {came}",
            *model.reasons,
        )


def _names(count: int) -> str:
    return "1 name" if count == 1 else f"{count} names"
