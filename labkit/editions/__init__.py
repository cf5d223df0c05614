"""One source, many editions of a notebook: what a student gets, what has been solved, what a grader takes in.

read      from a source in jupytext's percent format to cells, each exercise expanded into three
student   stubs in place of solutions; this is what lies in `notebooks/`
solved    solutions in place; this is what the tests run
nbgrader  solutions between their markers, for nbgrader to take out
"""

from labkit.editions.edition import EDITIONS, edition

__all__ = ["EDITIONS", "edition"]
