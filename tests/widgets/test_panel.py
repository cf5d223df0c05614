"""The box around every widget: keys that are pressed on its controls stay there (tried in e2e)."""

import ipywidgets

from labkit.widgets.panel import Panel


def test_a_panel_shows_its_children_in_order_and_asks_the_browser_to_keep_their_keys() -> None:
    first, second = ipywidgets.Button(), ipywidgets.Button()
    *shown, keeper = Panel([first, second]).children
    assert shown == [first, second]
    assert "lmSuppressShortcuts" in keeper._esm


def test_the_controls_of_a_panel_take_the_notebook_s_size_of_type() -> None:
    panel = Panel([])
    assert "labkit-panel" in panel._dom_classes
    assert ".labkit-panel" in panel.children[-1]._css
