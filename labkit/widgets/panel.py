"""The box that every widget is: its controls keep the keys pressed on them, and are as large as the text.

JupyterLab takes the arrow keys for itself wherever no text is written, and would go to the next cell instead
of the next choice. It leaves the keys alone on an element with `data-lm-suppress-shortcuts`, which a
widget of Python cannot set on itself. Source: Lumino, `CommandRegistry.processKeydownEvent`.

The size of type is the notebook's, so that a presenter's large type holds for the controls, too.
"""

from collections.abc import Sequence
from typing import Any

import anywidget
import ipywidgets


class _KeepKeys(anywidget.AnyWidget):
    """Marks each control of the box around it when it gets the focus; shows nothing."""

    _esm = """
    export default { render({ el }) {
        let frame;
        const begin = () => {
            const box = el.closest(".widget-vbox");
            if (!box) frame = requestAnimationFrame(begin);
            else box.addEventListener("focusin", ({ target }) => target.dataset.lmSuppressShortcuts = "true");
        };
        begin();
        return () => cancelAnimationFrame(frame);
    } };
    """
    _css = """
    .labkit-panel {
        --jp-widgets-font-size: calc(0.93 * var(--jp-content-font-size1, 14px));
        --jp-widgets-inline-height: calc(2 * var(--jp-content-font-size1, 14px));
        --jp-widgets-radio-item-height: calc(1.43 * var(--jp-content-font-size1, 14px));
        --jp-widgets-inline-label-width: calc(5.7 * var(--jp-content-font-size1, 14px));
        --jp-widgets-inline-width: calc(21.4 * var(--jp-content-font-size1, 14px));
        --jp-widgets-inline-width-short: calc(10.6 * var(--jp-content-font-size1, 14px));
    }
    """


class Panel(ipywidgets.VBox):  # type: ignore[misc]
    """Controls and pictures, one below the other, usable from the keyboard."""

    def __init__(self, children: Sequence[Any]) -> None:
        super().__init__([*children, _KeepKeys()])
        self.add_class("labkit-panel")
