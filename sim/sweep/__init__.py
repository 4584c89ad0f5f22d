"""A sweep is a set of cells, each a pure function of its content: it may stop anywhere and go on anywhere.

spec, axes, expression, cell and plan say which cells there are and load no compiler; work computes one of them; store
keeps them; engine and runner bring the two together; results and export read them back.
"""
