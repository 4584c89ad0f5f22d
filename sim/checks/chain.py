"""p(k_4, k_5) = the chain's own, whenever tokens are drawn in order; and a parallel draw forgets what the chain knows.

Counted with stated size and power on sequences of a chain from real text, held against exact sums over the chain. And
the finding: for which overlap, and from which depth on, the abstract's order of the samplers is seen in text.
Source: theory/LAWS.md, sections 8 and 10.
"""

import os
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from sim.chain.curves import Regime, regimes
from sim.chain.posterior import chain_tables
from sim.chain.run import build_chain_setting
from sim.chain.samplers import CHAIN_SAMPLERS, ChainSetting
from sim.checks.counted import FALSE_ALARM, MISS, SEED
from sim.estimate import Estimate, clopper_pearson, trials_needed
from sim.tiles import in_order
from theory.chain import Chain
from theory.errors import Array
from theory.verdict import Check, Outcome, Verdict

EFFECT: Final = 0.02
"""The relative error that is found: at 1% the sequences would take a minute."""
LENGTH: Final = 8
PLACE: Final = 3
"""The pair (k_4, k_5) in the middle of 8 tokens has messages from both sides."""


def likely_pairs(frequencies: Array) -> npt.NDArray[np.bool_]:
    """Return the most frequent pairs that together hold about half, shape (V, V): an event that counting tells well.

    >>> likely_pairs(np.array([[0.5, 0.2], [0.2, 0.1]])).tolist()
    [[True, False], [False, False]]
    """
    order = np.argsort(-frequencies, axis=None, kind="stable")
    held = np.cumsum(frequencies.ravel()[order])
    chosen = np.zeros(frequencies.size, dtype=bool)
    chosen[order[: int(np.searchsorted(held, 0.5)) + 1]] = True
    return chosen.reshape(frequencies.shape)


def count_pairs(
    setting: ChainSetting, sampler: str, event: npt.NDArray[np.bool_], *, particles: int, seed: int = SEED
) -> int:
    """Return in how many of `particles` sequences the pair at PLACE is one of `event`."""
    tables = chain_tables(setting.chain, setting.codebook)
    tile = setting.tile
    run, nothing = CHAIN_SAMPLERS[sampler].tile(setting, tables, seed), np.zeros((setting.schedule.steps, 0))

    def hits(first: int) -> int:
        tokens = run(first, tile, nothing)[:, : min(tile, particles - first)]
        return int(np.count_nonzero(event[tokens[PLACE], tokens[PLACE + 1]]))

    with threadpool_limits(1, "blas"):
        return sum(n for _, n in in_order(hits, range(0, particles, tile), threads=os.cpu_count() or 1))


def pairs_verdict(
    sampler: str, settings: tuple[ChainSetting, ...], frequencies: Callable[[Chain], Array], *, mutant: str
) -> Verdict:
    """Hold counted pairs of a sampler against exact ones, and those of another sampler, the mutant, outside."""
    rows, worst, bites = [], Outcome.HOLDS, True
    for setting in settings:
        event = likely_pairs(setting.chain.pair_frequencies(setting.length))
        p = float(frequencies(setting.chain)[event].sum())
        trials = trials_needed(p, effect=EFFECT, alpha=FALSE_ALARM, miss=MISS)
        estimate = clopper_pearson(count_pairs(setting, sampler, event, particles=trials), trials, alpha=FALSE_ALARM)
        few = trials // 16  # the mutant is off by far more than EFFECT
        other = clopper_pearson(count_pairs(setting, mutant, event, particles=few), few, alpha=FALSE_ALARM)
        off = p * (1 + EFFECT) not in estimate and p / (1 + EFFECT) not in estimate
        bites = bites and off and p not in other
        worst = worst if p in estimate else Outcome.FAILS
        rows.append(
            f"{setting.schedule.steps} steps, scale {setting.scale:g}: exact {p:.5f}, {trials:,} sequences by "
            f"{sampler} {estimate}, {few:,} by {mutant} {other}"
        )
    outcome = worst if worst is Outcome.FAILS or bites else Outcome.UNDECIDED
    return Verdict(
        outcome, method=f"counted pairs of text, {len(rows)} settings",
        value=estimate.value, bound=p, interval=(estimate.low, estimate.high),
        false_alarm=FALSE_ALARM * len(rows), power=1 - MISS * len(rows),
        detail=f"The share of the likelier half of all pairs is as computed, and a share 2% off is not; {mutant} is "
        "told apart.",
        excerpt=tuple(rows),
    )  # fmt: skip


def _settings(*cases: tuple[int, float]) -> tuple[ChainSetting, ...]:
    return tuple(build_chain_setting(steps=steps, scale=scale, length=LENGTH)[0] for steps, scale in cases)


def in_order_keeps_the_chain() -> Verdict:
    """Count pairs drawn in order: the chain's own at every depth and overlap, which parallel draws are not."""
    return pairs_verdict(
        "commit_in_order", _settings((1, 0.0), (4, 1.0)),
        lambda chain: chain.marginals(LENGTH)[PLACE][:, None] * chain.transition, mutant="commit_parallel",
    )  # fmt: skip


def parallel_forgets_the_chain() -> Verdict:
    """Count pairs of one parallel draw from pure noise: independent tokens; its total correlation in closed form."""
    settings = _settings((1, 0.0))
    counted = pairs_verdict(
        "commit_parallel", settings,
        lambda chain: np.outer(*chain.marginals(LENGTH)[[PLACE, PLACE + 1]]), mutant="commit_in_order",
    )  # fmt: skip
    setting = settings[0]
    rows, step = setting.chain.marginals(LENGTH), setting.chain.transition
    exact = sum(float(np.sum(p[:, None] * step * np.log(step / (p @ step)))) for p in rows[:-1])
    nats = np.zeros((1, 4))
    tables = chain_tables(setting.chain, setting.codebook)
    CHAIN_SAMPLERS["commit_parallel"].tile(setting, tables, SEED)(0, 4, nats)
    met = bool(np.all(np.abs(nats / exact - 1) < 1e-9))
    return Verdict(
        counted.outcome if met else Outcome.FAILS, method=counted.method, value=float(nats[0, 0]), bound=exact,
        false_alarm=counted.false_alarm, power=counted.power,
        detail=f"From pure noise {LENGTH} tokens forget {nats[0, 0]:.6f} nats, the information between the chain's "
        f"neighbours {exact:.6f}. {counted.detail}",
        excerpt=counted.excerpt,
    )  # fmt: skip


ORDER: Final = ("commit_parallel", "reinjection", "ddim")
"""The abstract's order: committing, then stochastic, then deterministic."""


def _in_order(regime: Regime, order: tuple[str, ...], measure: str) -> tuple[int, ...]:
    """Return the depths at which the samplers rank in this order, best first, with intervals that do not touch."""

    def found(name: str, depth: int) -> Estimate:
        estimate: Estimate = getattr(regime.curves[name].at(depth), measure)
        return estimate

    return tuple(
        depth
        for depth in regime.curves["ddim"].depths
        if all(found(a, depth).high < found(b, depth).low for a, b in pairwise(order))
    )


def _depths(depths: tuple[int, ...]) -> str:
    return "at K = " + ", ".join(map(str, depths)) if depths else "at no K"


def text_orders_the_samplers() -> Verdict:
    """Find where the abstract's order holds in text, by perplexity and by tv: where codewords overlap, not apart."""
    apart, overlapping = regimes()
    both = tuple(set(_in_order(overlapping, ORDER, "perplexity")) & set(_in_order(overlapping, ORDER, "tv")))
    held = tuple(sorted(both))
    ahead = _in_order(apart, ("ddim", "commit_parallel"), "tv")
    last = _in_order(apart, ("commit_parallel", "reinjection"), "tv")
    single = {name: overlapping.curves[name].at(1) for name in ORDER}
    collapse = max(q.diversity.value for name, q in single.items() if name != "commit_parallel")
    established = set(held) >= {4, 8, 16, 32, 64} and len(ahead) > 0 and collapse < 2
    return Verdict(
        Outcome.HOLDS if established else Outcome.FAILS,
        method="text of five samplers, intervals that do not touch",
        detail=f"Text of {overlapping.text['symbols']} characters, exact denoisers. Where the codewords' clouds "
        "overlap (sigma = 1) the abstract's order, commitment before re-injection before DDIM, holds "
        f"{_depths(held)}, in perplexity and in bigram tv; at K = 2 the last two have one law. Where codewords lie "
        f"apart (sigma = 0) DDIM is ahead of parallel commitment in tv {_depths(ahead)}, and re-injection behind it "
        f"{_depths(last)}. "
        "At K = 1 DDIM and re-injection write one constant sequence, parallel commitment independent letters, and "
        f"only commitment in order, at {overlapping.curves['commit_in_order'].nfe[0]} calls, the chain's own text.",
    )  # fmt: skip


def text_pays_for_the_gain() -> Verdict:
    """Find what a low perplexity hides: re-injection writes too easy a text, and parallel draws have a floor."""
    apart, overlapping = regimes()
    depth = apart.curves["ddim"].depths[-1]
    easy, own = apart.curves["reinjection"].at(depth), apart.exact
    parallel, exact = overlapping.curves["commit_parallel"].at(depth), overlapping.exact
    ddim = overlapping.curves["ddim"].at(depth)
    established = (
        easy.perplexity.high < own.perplexity.low and easy.tv.low > own.tv.high
        and parallel.tv.low > exact.tv.high and ddim.perplexity.high > overlapping.floor.perplexity.low
    )  # fmt: skip
    return Verdict(
        Outcome.HOLDS if established else Outcome.FAILS,
        method="text of five samplers, intervals that do not touch",
        value=easy.tv.value, bound=own.tv.value, interval=(easy.tv.low, easy.tv.high),
        detail=f"At K = {depth} and sigma = 0 re-injection's perplexity {easy.perplexity.value:.2f} lies below the "
        f"chain's own {apart.perplexity:.2f}, while its tv {easy.tv.value:.3f} is far above the {own.tv.value:.3f} of "
        f"the chain's own text of equal size: an easier text, not a better one. At sigma = 1 parallel commitment stays "
        f"at perplexity {parallel.perplexity.value:.1f} and tv {parallel.tv.value:.3f}, since its last draw still "
        f"forgets what neighbours know, and DDIM tends to the readout's floor {overlapping.floor.perplexity.value:.0f} "
        f"({ddim.perplexity.value:.0f} at K = {depth}), not to the data.",
    )  # fmt: skip


def checks() -> tuple[Check, ...]:
    """Return the checks on text: two counted ones, and two findings beside the law of commitment."""
    return (
        Check("commitment", "M", "committing in order writes the chain's own text",
              "Tokens drawn in order have the chain's own pairs at any depth and overlap.",
              in_order_keeps_the_chain, seconds=6.0),
        Check("total_correlation", "M", "a parallel draw from noise writes independent tokens",
              "One parallel draw from pure noise forgets exactly the information between neighbours.",
              parallel_forgets_the_chain, seconds=2.0),
        Check("commitment", "M", "text ranks the samplers as the abstract says only where codewords overlap",
              "In text the order commitment, stochastic, deterministic depends on whether codewords overlap.",
              text_orders_the_samplers, seconds=40.0, qualifies=True),
        Check("commitment", "M", "a low perplexity of text hides what was lost",
              "Re-injection pays its gain in total variation, and parallel commitment has a floor of its own.",
              text_pays_for_the_gain, seconds=0.1, qualifies=True),
    )  # fmt: skip
