"""The laws as closed forms and exact kernels; targets, paths and denoisers as values. NumPy and SciPy only.

primitives  the vocabulary in which every formula is written, one meaning for each kind of number
gaussian    quantile gaps and interval masses without cancellation
separated   binary, isoperimetric: what it costs to reach sets that lie apart
variation   isoperimetric_tv: what it costs where modes may be dropped
simplex     what is enough where the noise has M - 1 coordinates
ordinal     what it costs with one noise coordinate
sobolev     what it costs at least in n dimensions
product     grid, product: rows on several coordinates
spherical, stored_codes           cells of directions, and what was counted of them
dimension   which of these binds at each number of modes and coordinates
counting, arrays                  modes from both, and a law asked with arrays
tube, crossover, coarea    where the data lie on the boundary: flips, sharp and smooth readouts, mean slope
path, target, denoiser     the setting: x_t = a z + b xi, two modes, the posterior mean and its cap
mixture, mixture_denoiser  the same for M modes in n dimensions, with certified slopes
depth, composition, schedule      what K steps can reach, and what no schedule removes
escape, bins, correlation, joint  the ways out and what they cost
kernel, monotone, preimages       exact one-dimensional computation
redraw      the exact law of branches that are drawn again and again
linear_method, schemes            samplers as two matrices: Euler, Heun, multistep, noisy ones
diagnostics, commitment, decision dabi, cci, and cci of the readout's own token
text, chain                       tokens from a file, and the Markov chain counted from them
law, catalogue, verdict, errors    how a law is asked, listed, judged and refused
"""
