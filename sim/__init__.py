"""Simulation of few-step samplers on fields known in closed form: exact where it can be, counted where not.

Two types. Particles are float64, or with dtype=float32 (two_modes, mixture, codebook) float32: twice as many to a
vector, and shorter series. Tables are made in float64 and rounded once, tokens are drawn by uniforms in float64, and
the noise comes from the same words, so one seed gives the same particles up to rounding. By how much is derived in
sim.precision and measured by sim.agreement; in units u = 2^-24, for K = 16 calls on two modes at -4 and 4 of scale 0.3
and weights 0.4 and 0.6, and K = 8 on codebooks of scale 0.1 and least distance 4:

    run                            condition class    own      largest  median   flips    open     found
    2 modes, ddim, cap 4           5.9e+02   1e+05    8.1e+03  8.4e+02  3.2      0.1      0/16384  0
    2 modes, ddim                  3.0e+09   6e+07    6.1e+04  1.5e+03  3.1      0.1      0/16384  0
    2 modes, heun, cap 4           5.8e+03   8.5e+05  4.3e+04  1.6e+03  3.4      0.1      2/16384  0
    2 modes, dpm_solver_2m, cap 4  2.1e+03   2.6e+05  1.7e+04  1.6e+03  2.8      0.09     0/16384  0
    2 modes, reinjection, cap 4    7.1e+04   8.6e+06  3.5e+05  1e+04    3.3      0.09     0/16384  0
    2 modes, ancestral, cap 4      3.3e+03   4.3e+05  1.1e+05  1.4e+03  2.9      0.1      0/16384  0
    2 modes, commit_parallel       -         2.9e+02  2.9e+02  26       3.4      0.1      0/16384  0
    16 bits, ddim, cap 8           1.7e+03   5.3e+05  4.3e+03  29       7.2      0.2      0/4096   0
    16 bits, reinjection, cap 8    1.7e+04   5.2e+06  6.4e+03  63       10       0.4      2/4096   0
    16 bits, commit_parallel       -         76       76       6        2.5      0.0008   6/4096   0
    128 on a sphere, ddim, cap 8   3.0e+03   5e+06    2.8e+04  1.2e+02  26       0        0/1024   0

`condition` is the product of the Lipschitz constants of the steps, the stiffness of the class. `class` bounds
|x32 - x64| by certified slopes: the rounding of each step times those of the steps that follow, and never more than
modes are apart. `own` is the largest of the particles' own bounds, by the slopes that each meets; the largest and the
median distance were measured. Calls, which landing set an output reaches, change only where an output lies that near to
an edge: `flips` are expected in a million particles, `open` are those whose own bound leaves the call or a draw
undecided, `found` those called otherwise. So counts agree to about one in a million where positions differ in the
seventh digit, and those of a few particles in the fourth.

The exact flow, modes with covariances, trees and text have no float32: the first is a quantile or an integration that
needs its digits, and the others do not take the key. Real vocabularies are in both types at once: sim.vocabulary.
"""
