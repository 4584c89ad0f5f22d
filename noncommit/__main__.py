"""`python -m noncommit` is the command line."""

from noncommit.cli import main

main()
