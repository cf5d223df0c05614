"""Three limits to drag, and what they do: to the price, to what a stolen data key opens, to a live cache.

First it asks which limit will end most data keys. Then the pictures appear and follow the sliders.
"""

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from labkit.lab import Lab
from labkit.widgets.cache_pictures import CHART_WIDTH, cache_table, lifetimes, pareto
from labkit.widgets.cache_world import NAMES, CacheWorld
from labkit.widgets.panel import Panel
from labkit.widgets.predict import Predict
from labkit.widgets.view import STYLE, frame, heading, told

# trait: what the slider is called, its powers of ten, and whether its values are whole numbers
_LIMITS = {
    "max_age": ("Age (s)", -1, 4, False),
    "max_messages": ("Messages", 0, 6, True),
    "max_bytes": ("Bytes", 3, 9, True),
}
_WORKLOAD = {
    "rate": ("Rate (1/s)", -1, 4, False),
    "size": ("Size", 1, 6, True),
    "contexts": ("Contexts", 0, 3, True),
    "capacity": ("Capacity", 0, 3, True),
}


class CacheExplorer(Panel):
    """Sliders for limits and workload, two pictures, and the live cache with its buttons."""

    def __init__(self, lab: Lab, **settings: Any) -> None:
        self.model = model = CacheWorld(lab, **settings)
        sliders = {name: self._slider(name, *how) for name, how in (_LIMITS | _WORKLOAD).items()}
        self.sliders = sliders
        self.question = Predict(
            "08-cache-explorer",
            "With the settings as they are, what will end most data keys?",
            list(NAMES.values()),
            lambda: model.binding,
            why="Whichever limit is reached first. The pictures below show how far away the others are.",
        )
        self.buttons = [
            self._button("Send 20 messages", lambda: model.send(20)),
            self._button("A minute passes", lambda: model.pass_time(60)),
            self._button("DisableKey", model.disable),
            self._button("EnableKey", model.enable),
        ]
        self.summary, self.price, self.lives, self.live, self.answer = (ipywidgets.HTML() for _ in range(5))
        self.price.layout.min_width = f"{CHART_WIDTH}px"
        self.shown = ipywidgets.VBox(
            [
                ipywidgets.HBox([self.price, self.summary]),
                self.lives,
                ipywidgets.HTML(heading("The live cache", "our caching CMM over a KMS key of the lab")),
                ipywidgets.HBox(self.buttons),
                self.answer,
                self.live,
            ]
        )
        self.shown.layout.display = "none"
        self.question.model.observe(self._reveal, "runs")
        model.observe(self._draw, [*_LIMITS, *_WORKLOAD])
        model.observe(self._draw_live, ["changes", "capacity"])
        limits = ipywidgets.VBox([ipywidgets.HTML(heading("Limits")), *(sliders[one] for one in _LIMITS)])
        work = ipywidgets.VBox([ipywidgets.HTML(heading("Workload")), *(sliders[one] for one in _WORKLOAD)])
        super().__init__([self.question, ipywidgets.HBox([limits, work]), self.shown])

    def reveal(self) -> None:
        """Show the pictures."""
        self.shown.layout.display = ""
        self._draw()
        self._draw_live()

    def _reveal(self, _: object) -> None:
        self.reveal()

    def _slider(self, name: str, text: str, low: int, high: int, whole: bool) -> ipywidgets.FloatLogSlider:
        slider = ipywidgets.FloatLogSlider(
            value=getattr(self.model, name),
            min=low,
            max=high,
            step=0.05,
            description=text,
            readout_format=",.0f" if whole and high <= 3 else ".3s",
        )

        def moved(change: dict[str, Any]) -> None:
            setattr(self.model, name, round(change["new"]) if whole else change["new"])

        slider.observe(moved, "value")
        return slider

    def _button(self, text: str, work: Callable[[], object]) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text)
        button.on_click(lambda _: work())
        return button

    def _draw(self, _: object = None) -> None:
        if self.shown.layout.display == "none":
            return
        model = self.model
        self.price.value = frame(*pareto(model.workload, model.limits))
        svg, words = lifetimes(model.simulated)
        self.lives.value = heading("Lives of data keys", words) + frame(svg, words)
        self.summary.value = self._summary()

    def _draw_live(self, _: object = None) -> None:
        model = self.model
        counted = f"{model.sent:,} sent, {model.calls:,} calls of GenerateDataKey, {model.refused:,} refused"
        self.live.value = frame(cache_table(model.table) + f"<div>{counted}</div>", counted)
        if model.said:
            self.answer.value = told("wrong" if "refused" in model.said else "told", model.said)

    def _summary(self) -> str:
        found = self.model.estimate
        rows = {
            "What ends most data keys": self.model.binding,
            "Calls of KMS a second": f"{found.calls_per_second:,.3g}"
            + (", more than the quota" if found.throttled else ""),
            "USD a million messages": f"{found.usd_per_million:.3g}",
            "Messages that hit the cache": f"{found.hit_rate:.1%}",
            "One stolen data key opens": f"{found.messages_per_key:,.1f} messages on average",
            "and at most": f"{found.largest_messages:,} messages, {found.largest_bytes:,} bytes",
            "After DisableKey it works for": f"up to {found.staleness:,.3g} s",
        }
        cells = "".join(
            f'<tr><th scope="row" style="text-align:left;font-weight:normal;padding:3px 12px 3px 0">'
            f"{escape(name)}</th><td><strong>{escape(value)}</strong></td></tr>"
            for name, value in rows.items()
        )
        return f'<table style="{STYLE};border-collapse:collapse;margin:8px 0 0 18px">{cells}</table>'
