"""The presenter's edition: for a screen at the front of the room, made from what students have.

Solutions stand in place of the stubs, so that a demonstration runs through, and code is folded: what the room
sees is the question, the picture, and the answer. A click on the fold shows the code again.
"""

from typing import Any

from labkit.exercises.registry import find


def presented(notebook: Any) -> Any:
    """Turn a student notebook (an nbformat node) into the presenter's, in place, and return it."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata["jupyter"] = {"source_hidden": True}
        graded = cell.metadata.get("nbgrader", {})
        if graded.get("solution"):
            cell.source = find(graded["grade_id"]).solution
    return notebook
