"""Figures and the report, drawn from values that were computed elsewhere; matplotlib and jinja2, no state.

style        one look for every figure, and its SVG or PNG with the same bytes on every run
tradeoff     error against NFE: where no DDIM sampler can be, and who leaves that class
separation   stiffness against modes: the bound, its safe closed form, and an asymptote that is no bound
readouts     error against steps from linear to argmax, and the one curve in sharpness times noise
placing      where a measured decoder lies among others, as values
decoder_map  where a measured decoder lies, DABI over the radius, and what noise costs
measure_page the numbers of a measured decoder as one self-contained page; measure.html.j2 is its text
report       verdicts as one self-contained page; report.html.j2 is its text
"""
