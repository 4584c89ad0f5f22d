"""No part of a law hides behind another: each function of denoiser and Gaussian helpers, off by 1%, FAILS."""

import dataclasses
from collections.abc import Callable

import pytest

import proofs
from proofs import against_balls, conservation, mixture_slope_doubles, parts, path_doubles, readout_doubles
from theory import denoiser, depth, gaussian, mixture_denoiser
from theory.verdict import Outcome

CHECKS = {check.law: check for check in proofs.checks() if check.level == "F"}
ROWS: dict[str, Callable[[], list[against_balls.Row]]] = {
    "gaussian": parts.gaussian_rows,
    "coefficients": parts.coefficient_rows,
    "posterior": parts.posterior_rows,
    "mixture slopes": mixture_slope_doubles.rows,
    "readouts": readout_doubles.rows,
    "paths": path_doubles.rows,
    "flow": conservation.flow_rows,
}


@pytest.mark.parametrize("name", ROWS)
def test_the_parts_hold(name: str) -> None:
    """Assert that all rows hold, and that there are enough of them to mean it."""
    rows = ROWS[name]()
    assert len(rows) >= (20 if name == "flow" else 40)
    assert against_balls.judge(rows).outcome is Outcome.HOLDS


@pytest.mark.parametrize(
    ("law", "module", "name"),
    [("isoperimetric", gaussian, name) for name in ("log_shrink", "interval_mass", "step_mass", "profile")]
    + [("ddim_frontier", denoiser, name) for name in ("posterior_mean", "linear_slope", "boundary_slope")]
    + [("ddim_frontier", depth, name) for name in ("ddim_step", "finite_stiffness", "ddim_sampler_stiffness")]
    + [("mixture_slope", mixture_denoiser, "pair_slope")]
    + [("mixture_slope", mixture_slope_doubles, name) for name in ("certify", "certify_covariances")]
    + [("paths", path_doubles, name) for name in ("karras_noise", "log_snr_noise")]
    + [("readout_order", readout_doubles, name) for name in
       ("probit_change", "softmax_change", "softmax_distance", "whole_flips", "displaced_error", "displaced_order")],
)  # fmt: skip
def test_a_scaled_part_fails(law: str, module: object, name: str, monkeypatch) -> None:
    """Assert FAILS, by the check of the law itself, for each part off by 1%."""
    right = getattr(module, name)

    def wrong(*args, **kwargs):
        made = right(*args, **kwargs)
        if isinstance(made, mixture_denoiser.SlopeCertificate):
            return dataclasses.replace(made, within=made.within + 0.01)
        return 1.01 * made

    monkeypatch.setattr(module, name, wrong)
    assert CHECKS[law].run().outcome is Outcome.FAILS


@pytest.mark.parametrize("field", ["g", "amplitude", "k", "slope"])
def test_a_scaled_coefficient_fails(field: str, monkeypatch) -> None:
    """Assert FAILS for each array of the denoiser off by 1%."""
    right = denoiser.two_mode_denoiser

    def wrong(*args, **kwargs):
        made = right(*args, **kwargs)
        return dataclasses.replace(made, **{field: 1.01 * getattr(made, field)})

    monkeypatch.setattr(denoiser, "two_mode_denoiser", wrong)
    assert CHECKS["ddim_frontier"].run().outcome is Outcome.FAILS
