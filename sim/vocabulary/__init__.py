"""softmax(X V^T) V with V of M rows: samplers at the size of a real vocabulary, M = 50257 and n = 768, in float32.

Single precision holds the codewords and the two matrix products; points, logits, sums and noise are doubles. All M
logits of a point never exist at once: a run holds the codebook and a few MiB a thread. Against doubles, on a sphere of
least distance 3, cap 2, K = 4 (balls of radius 0.15; distances between z-hat of 256 particles and the reference):

    M, n        sampler       bound     estimate  seen
    1500, 24    ddim          1.1e-3    1.1e-5    5.5e-8
    1500, 24    heun          2.0e-3    1.1e-5    5.1e-8
    4096, 768   ddim          5.2e-3    9.9e-6    1.4e-8
    4096, 768   reinjection   7.2e-3    9.8e-6    1.4e-8

The bound takes every rounding as large and all as one way, and slopes as steep as certified; the estimate takes
roundings as independent and slopes as they are. Bound, estimate and their derivation: sim.vocabulary.rounding. Without
a cap the certified slopes multiply to more than any length, and only the estimate says something.
"""
