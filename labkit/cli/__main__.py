"""`python -m labkit.cli`: the command line without the bootstrap, for an environment that is ready."""

from labkit.cli import main

main()
