"""law(given) = answers: what a question asks for beside its formula: defaults, hypotheses, and the last step of all."""

import math
from typing import Any


def answers_hold() -> bool:
    """Return whether answers agree among themselves and with the stored table, and hypotheses hold up to their ends."""
    from theory.catalogue import LAWS
    from theory.denoiser import two_mode_denoiser
    from theory.errors import UsageError
    from theory.escape import reinjection_masses
    from theory.path import LinearPath, uniform_schedule
    from theory.target import two_modes

    def ask(law: str, **given: Any) -> dict[str, Any]:
        return dict(LAWS[law].evaluate(given).answers)

    def refusal(law: str, **given: Any) -> str:
        try:
            ask(law, **given)
        except UsageError as error:
            return str(error)
        return ""

    def near(found: float, wanted: float) -> bool:
        return abs(found - wanted) <= 1e-12 * abs(wanted)

    close = near(ask("composition", stiffnesses=(2.0, 3.0, 4.5))["geometric_mean"], 3.0)
    smooth = {"mu": 4.0, "steps": 4}
    close &= "2/sqrt 3" in refusal("schedule_free_frontier", denoiser_stiffness=1.1546, **smooth)
    close &= not refusal("schedule_free_frontier", denoiser_stiffness=1.1548, **smooth)
    wide = {"mu": 1.5, "scale": 0.7}
    whole, first, second = (
        ask("conservation", **wide, s_max=a, s_min=b)["log_stretch"] for a, b in ((9.0, 0.25), (9.0, 1.0), (1.0, 0.25))
    )
    close &= near(first + second, whole) and not refusal("conservation", **wide)
    one, four = (ask("peak_optimal_schedule", steps=k, **wide)["log_stretch_each"] for k in (1, 4))
    close &= near(4 * four, one) and not refusal("peak_optimal_schedule", mu=0.6005, scale=0.8, steps=2)
    close &= "the modes part" in refusal("peak_optimal_schedule", mu=0.599, scale=0.8, steps=2)
    close &= ask("cci", **wide, relative_noise=0.5) == ask("cci", **wide, relative_noise=0.5, weights=(0.5, 0.5))
    close &= "two modes" in refusal("cci", mu=1.5, relative_noise=0.5, weights=(0.2, 0.3, 0.5))
    bits = ask("product", error=0.01, stiffness=200.0)
    close &= bits["source_dim"] > 3 and bits["modes"] == int("1" + "0" * bits["source_dim"], 2)
    close &= not refusal("product", modes=8.0, error=0.01) and "power of 2" in refusal("product", modes=9.0, error=0.01)
    close &= not refusal("simplex", modes=8.0, error=0.1, source_dim=7)
    close &= "at least modes - 1" in refusal("simplex", modes=8.0, error=0.1, source_dim=6)
    capped = {"mu": 2.0, "steps": 4, "denoiser_stiffness": 4.0}
    lost = ask("reinjection", **capped, weights=(0.3, 0.7))
    target, grid = two_modes(mu=2.0, weights=(0.3, 0.7)), uniform_schedule(LinearPath(), 4)
    masses = reinjection_masses(target, grid, two_mode_denoiser(target, grid, denoiser_stiffness=4.0), 0.1)
    halves = sum(abs(own - got) for own, got in zip((0.3, 0.0, 0.7), masses, strict=True)) / 2
    close &= abs(lost["tv"] - halves) < 1e-9 and "upper" not in lost
    bound = ask("reinjection", **capped)
    close &= bound == ask("reinjection", **capped, weights=(0.5, 0.5), bins=300, margin=0.1)
    close &= bound["ambiguous"] <= bound["upper"]
    corner = ask("tube", angles_degrees=(120.0, 120.0, 120.0), relative_noise=0.1, density=0.3, interface_energy=0.5)
    close &= near(corner["junction_term"], -0.0015 * corner["junction"])
    close &= near(corner["flip_second_order"], math.sqrt(2 / math.pi) * 0.05 - 0.0015 * corner["junction"])
    code = ask("spherical", modes=64.0, source_dim=8, error=0.1, separation=3.0)  # the second row of the table
    for key, value in (("stiffness", 1.80825722), ("low", 1.73772844), ("high", 1.88170161)):
        close &= near(code[key], value * 3 / 0.1)
    met = ask("paths", relative_noise=0.5, path="cosine")
    close &= near(met["noise"], 0.5 * met["data"]) and near(math.tan(math.pi * met["time"] / 2), 2.0)
    close &= near(ask("paths", relative_noise=0.5, path="ve", s_max=4.0)["time"], 0.875)
    moved = ask("readout_order", interface_energy=0.3, sharpness=1e9, displacement=0.25)
    close &= near(moved["flips"], 0.075) and abs(moved["readout_error"] / 0.075 - 1) < 1e-8
    steep = ask("readout_order", sharpness=3.0, least_distance=2.0, diameter=4.0)
    close &= near(steep["softmax_slope"], 1.5) and near(steep["probit_slope"], 3 / math.sqrt(2 * math.pi))
    pair = {"means": (-1.0, 1.0), "scales": (0.5, 0.5), "weights": (0.5, 0.5), "steps": 2}
    slope = ask("mixture_slope", **pair)["peak_slope"]  # at t = 1/2: g + a b^2 mu^2/V^2 for V = 5/16
    close &= near(slope, 0.4 + 0.125 * (16 / 5) ** 2) and ask("mixture_slope", **pair)["evidence"] == 1
    two = ask("binary", error=0.2)
    close &= near(two["stiffness"], ask("isoperimetric", modes=2.0, error=0.2, separation=4.0)["stiffness"] / 4)
    close &= "exactly two masses" in refusal("binary", masses=(0.2, 0.3, 0.1))
    return bool(close and not refusal("binary", masses=(0.2, 0.3)))
