"""Smooth steps, then one draw of all tokens together: the chain's own text, where each token drawn alone is lost.

The finding limits what commitment is needed for: a deterministic sampler loses nothing that a readout of all positions
at once could not still decide. Such a readout knows the chain: the choice is moved to it, not spared.
Source: theory/LAWS.md, section 10 ("Soft outputs").
"""

from typing import Final

from sim.chain.run import build_chain_setting, simulate_chain
from sim.chain.soft import SoftText
from theory.mixture import distance_range
from theory.verdict import Check, Outcome, Verdict

STEPS: Final = 32
SEQUENCES: Final = 500


def text_may_commit_at_the_end() -> Verdict:
    """Find that DDIM's latents, read jointly at kappa = d/sigma^2, write the chain's text; not alone, nor sharper."""
    setting, _ = build_chain_setting(steps=STEPS, scale=1.0)
    posterior = float(distance_range(setting.codebook)[0]) / setting.scale**2

    def read(sharpness: float) -> tuple[SoftText, float]:
        run = simulate_chain(steps=STEPS, scale=1.0, readout="softmax", sharpness=sharpness, particles=SEQUENCES)
        assert run.reading is not None
        assert run.reading.sampled is not None
        return run.reading.sampled, run.perplexity

    (text, own), (sharper, _) = read(posterior), read(3 * posterior)
    joint, alone = text.joint, text.independent
    established = (
        abs(joint.perplexity.value / own - 1) < 0.02
        and alone.perplexity.low > 10 * own
        and sharper.joint.perplexity.low > joint.perplexity.high
        and sharper.joint.tv.low > joint.tv.high
    )
    return Verdict(
        Outcome.HOLDS if established else Outcome.FAILS,
        method=f"{SEQUENCES} sequences, each read alone and given the others",
        value=joint.perplexity.value, bound=own, interval=(joint.perplexity.low, joint.perplexity.high),
        detail=f"DDIM at K = {STEPS} with overlapping codewords (sigma = 1), its latents read by softmax at kappa = "
        f"d/sigma^2: drawn each alone its tokens have perplexity {alone.perplexity.value:.0f} and tv "
        f"{alone.tv.value:.3f}; drawn all at once, given the others, {joint.perplexity.value:.2f} and "
        f"{joint.tv.value:.3f}, the chain's own ({own:.2f}). At three times that sharpness it is "
        f"{sharper.joint.perplexity.value:.1f} and {sharper.joint.tv.value:.3f}. So commitment may wait for the last "
        "call, if the readout is itself a sampler of text: it knows the chain, and would write it from outputs that "
        "say nothing, too. What fails is to read each position by itself.",
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the finding, beside the law of commitment."""
    return (
        Check("commitment", "M", "commitment may wait for the end if it is made jointly",
              "A deterministic sampler's latents, read all at once, write the chain's own text.",
              text_may_commit_at_the_end, seconds=4.0, qualifies=True),
    )  # fmt: skip
