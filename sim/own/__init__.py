"""m(x, t) is known by its answers alone: every sampler that draws no token, run on anyone's denoiser.

run        sample(denoiser, ...): from checked input to samples, slopes and the bound that they allow
denoiser   one denoiser of any array library in batches, and what it must not do
live       a scheme of theory read on arrays: its rows are the particles of a tile
secants    lower bounds of Lipschitz constants from differences alone
runner     tiles at absolute particle numbers, and the slopes that the first one meets
landing    masses held against a stiffness of which only a lower bound is known
result     what came out: samples, slopes and stiffness labelled lower bounds
"""
