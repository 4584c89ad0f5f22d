"""measure(readout, latents) = DABI(r), d log E|D(z + r xi) - D(z)|^2/d log r, CCI(s) and the flip rate, by sampling.

A readout D and a sample of latents z are all that is known. Each latent is shifted toward its nearest competitor, in
random directions of the same length, and by noise; everything reported is a function of means over latents, with a
bootstrap interval. What the laws conclude is stated with what they assume. Source: theory/LAWS.md, sections 1, 2, 9.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from sim.estimate import CONFIDENCE
from sim.measure.arrays import library_of
from sim.measure.bootstrap import REPLICATES, Resampled
from sim.measure.changes import measure_changes, steps_a_probe
from sim.measure.conclude import Columns, levels_of, notes_of, radii_of, steps_of
from sim.measure.decoder import Decoder, check_decoder, require_same
from sim.measure.directions import (
    given_directions,
    margin_gradient,
    nearest_competitors,
    numbered,
    toward,
)
from sim.measure.latents import SHARES, Latents, check_labels, check_latents, choose, halvings, ladder
from sim.measure.posterior import doubt_and_hits, entropy, label_weights
from sim.measure.result import Measured
from sim.noise import COORDINATES, WORD, check_address
from theory.errors import Array, UsageError, fraction, one_of, whole

ANCHORS: Final = 1000
"""Default number of latents that are shifted."""
PROBES: Final = 8
"""Default number of random directions at each."""
DIRECTIONS: Final = ("search", "gradient")


def measure(
    readout: Callable[[Any], Any],
    latents: Any,
    *,
    radius: Any = None,
    noise: Any = None,
    output: str | None = None,
    kind: str = "auto",
    directions: Any = "search",
    labels: Any = None,
    error: Any = 0.01,
    anchors: Any = ANCHORS,
    probes: Any = PROBES,
    replicates: Any = REPLICATES,
    seed: Any = 0,
    batch: Any = 256,
    arrays: str = "auto",
) -> Measured:
    """Measure the decoder `readout` at `latents`, shape (N, ...), N >= 2; arrays of any library on either side.

    `readout` takes a batch (m, ...) and returns (m, ...), or something of which `output` names the part meant.
    `kind` says what that is: continuous, probabilities, logits or tokens (auto: whole numbers are tokens, rows that
    sum to 1 probabilities). `radius` and `noise` are lengths in latent units, one (its halves are added) or several.
    `directions`: search, gradient, or unit vectors of the latents' shape. `labels` name the mixture component of each
    latent, for CCI in place of the token. `anchors` latents are shifted, with `probes` random directions each.
    The same numbers for every `batch`, up to the rounding of the decoder itself.

    Raises UsageError for bad input and for a decoder that is no function of one latent.

    >>> found = measure(lambda z: 3 * z, np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), replicates=199)
    >>> round(found.dabi.value, 12), round(found.exponent.value, 12)
    (1.0, 2.0)
    """
    given = check_latents(latents)
    if isinstance(directions, str):
        one_of("way to choose directions", directions, DIRECTIONS)
    error = float(fraction("error", error))
    anchors = whole("anchors", anchors, low=2, high=WORD, hint="Are at least two latents to be shifted?")
    probes = whole("probes", probes, low=1, high=COORDINATES // (2 * steps_a_probe(given.dimension)),
                   hint="Would more latents do?")  # fmt: skip
    replicates = whole("replicates", replicates, low=199, high=COORDINATES,
                       hint=f"A {CONFIDENCE:.0%} interval needs quantiles far out.")  # fmt: skip
    batch = whole("batch", batch, low=1, high=WORD, hint="How many latents does the decoder take at once?")
    seed, _ = check_address(seed=seed, particles=given.size, steps=1)
    if labels is not None:
        labels = check_labels(labels, given)
    library = library_of(readout, latents, asked=arrays)
    decoder, answer = check_decoder(readout, given, library, output=output, kind=kind, batch=batch)

    tokens, variance = read_all(decoder, given)
    names = numbered(tokens, given.size)
    if tokens is not None and names.max() == 0:
        raise UsageError(
            "Every latent is read as the same token.",
            expected="at least two different tokens among the latents",
            received=f"{given.size} latents, one token",
            hint="Are the latents of another scale than those that the decoder was made for?",
        )
    if tokens is None and variance == 0:
        raise UsageError("Every latent is decoded to the same output.", expected="outputs that differ",
                         received=f"{given.size} equal outputs",
                         hint="Is this a constant, or --output a part that is?")  # fmt: skip
    chosen = choose(given, anchors, seed)
    found = nearest_competitors(given.rows, names, chosen)
    unit = found.median
    radii = ladder("radius", radius, unit, SHARES)
    levels = ladder("noise", noise, unit, halvings(given.dimension))
    require_resolved(given, min(radii[0], levels[0]), library.eps)
    if isinstance(directions, str):
        nu = toward(given.rows, chosen, found) if directions == "search" else gradients(decoder, given.rows, chosen)
        way = "the nearest latent with another token" if tokens is not None else "the nearest other latent"
        way = f"toward {way}" if directions == "search" else "down the margin's gradient, by central differences"
    else:
        nu, way = given_directions(directions, given.size, given.dimension)[chosen], "as given"

    changes = measure_changes(
        decoder, given.rows, chosen, nu, radii=radii, levels=levels, probes=probes, seed=seed
    )  # fmt: skip
    label = labels if labels is not None else (names if tokens is not None else None)
    doubt, hits = (
        doubt_and_hits(given.rows, label, chosen, levels=levels, seed=seed) if label is not None else (None, None)
    )
    require_same(decoder, given.rows[:batch], answer)
    weights = label_weights(label) if label is not None else None
    columns = Columns(
        changes=changes, doubt=doubt, hits=hits, radii=radii, levels=levels, unit=unit,
        positions=None if tokens is None else tokens.shape[1], variance=variance,
        entropy=None if weights is None else entropy(weights),
        most_doubt=0.0 if weights is None else math.log(len(weights)),
        commonest=None if weights is None else float(np.max(weights)),
    )  # fmt: skip
    resampled = Resampled(columns.table(), replicates=replicates, seed=seed)
    at_radii, at_levels = radii_of(columns, resampled), levels_of(columns, resampled)
    steps = steps_of(columns, resampled, error)
    protocol = {
        "readout": getattr(readout, "__qualname__", type(readout).__qualname__),
        "kind": decoder.kind,
        "output": output,
        "tokens_a_latent": columns.positions,
        "token_values": int(names.max()) + 1 if tokens is not None else None,
        "output_variance": None if tokens is not None else variance,
        "latents": [given.size, *given.shape],
        "latents_sha256": given.digest,
        "directions": way,
        "unit": unit,
        "unit_means": "median distance from a latent to its nearest competitor",
        "anchors": len(chosen),
        "probes": probes,
        "cci_of": None if label is None else ("the given labels" if labels is not None else "the readout's token"),
        "base_noise": levels[columns.base],
        "path": "linear: x = t z + (1 - t) xi, noise s = (1 - t)/t in latent units",
        "seed": seed,
        "replicates": replicates,
        "confidence": CONFIDENCE,
        "interval": "BCa bootstrap over latents; directions and competitors as given",
        "library": library.name,
        "dtype": library.dtype,
    }
    return Measured(
        protocol=protocol, radii=at_radii, levels=at_levels, steps=steps, notes=notes_of(at_radii),
        interface_energy=columns.energy(resampled) if tokens is not None else None,
    )  # fmt: skip


def read_all(decoder: Decoder, latents: Latents) -> tuple[Any, float]:
    """Return the tokens of all latents, (N, positions) or None, and the total variance of a continuous output."""
    tokens, total, squares, shift = [], np.zeros(1), [], None
    for chosen in decoder.batches(np.arange(latents.size)):
        reading = decoder(latents.rows[chosen])
        if reading.tokens is not None:
            tokens.append(reading.tokens)
            continue
        shift = reading.values[0] if shift is None else shift  # near the mean, so that squares do not cancel
        away = reading.values - shift
        squares += np.sum(away * away, axis=1).tolist()
        # Row after row, so that no batch can change the order of summation.
        total = np.cumsum(np.concatenate([np.broadcast_to(total, away[:1].shape), away]), axis=0)[-1]
    if tokens:
        return np.concatenate(tokens), math.nan
    mean = total / latents.size
    return None, max(0.0, math.fsum(squares) / latents.size - float(np.sum(mean * mean)))


def gradients(decoder: Decoder, rows: Array, chosen: Any) -> Array:
    """Return the directions of the chosen latents by gradient, batch by batch."""
    return np.concatenate([margin_gradient(decoder, rows[part]) for part in decoder.batches(chosen)])


def require_resolved(latents: Latents, shortest: float, eps: float) -> None:
    """Raise UsageError if rounding the decoder's input moves a latent by more than 1% of the shortest shift.

    Rounding to the nearest moves a latent by at most eps/2 |z|.
    """
    length = float(np.sqrt(np.max(np.sum(latents.rows**2, axis=1))))
    if shortest < 50 * eps * length:
        raise UsageError(
            "A shift is too short for the decoder's numbers.",
            expected=f"at least {50 * eps * length:.3g}, where rounding moves a latent by no more than 1% of it",
            received=f"{shortest:.3g} at latents as long as {length:.3g}",
            hint="Is there a decoder of higher precision, or a constant in the latents that could be removed?",
        )
