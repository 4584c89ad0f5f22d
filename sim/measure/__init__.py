"""D is known by its answers alone: what a latent's shift changes in the output, measured on anyone's decoder.

run         measure(readout, latents): the protocol from checked input to estimates
latents     what may be measured, and at which samples, radii and noise levels
arrays      a decoder of another array library, seen from NumPy
decoder     one readout in batches: its tokens, its squared changes, and what it must not do
directions  from each latent toward its nearest competitor, by exact search or by gradient
changes     squared changes and flips along those directions, in random ones, and under noise
posterior   how far a noisy latent has committed, for the empirical mixture of the latents
bootstrap   intervals by resampling latents, at addressed places
conclude    from means over latents to what is reported, and the steps that the laws ask for
result      what was measured, with its protocol
examples    an image-like and a text-like decoder whose place is known
"""
