"""nc = theory's formulas, sim's noise and one chain of text in JavaScript: the lesson's numbers as one script.

The formulas are printed by proofs, the chain is counted by sim, the script is put together by plots.
"""

from typing import Any

from plots.lesson.script import numbers_script
from proofs.javascript_formulas import formulas_script
from proofs.javascript_laws import laws_script
from proofs.javascript_schemes import schemes_script
from sim.chain.run import build_chain_setting


def text_data(**given: Any) -> dict[str, Any]:
    """Return the chain and codebook of `noncommit simulate target=chain` as plain values; `given` are keys of that.

    Only an alphabet of single characters is spelt by the lesson.
    """
    setting, source = build_chain_setting(steps=1, **given)
    chain = setting.chain
    return {
        "symbols": list(chain.symbols),
        "source_dim": setting.codebook.shape[1],
        "prior": chain.prior.tolist(),
        "transition": chain.transition.ravel().tolist(),
        "seen": chain.seen.ravel().astype(int).tolist(),
        "codebook": setting.codebook.ravel().tolist(),
        **{key: source[key] for key in ("source", "sha256", "unit", "smoothing") if key in source},
    }


def lesson_numbers(*, text: dict[str, Any] | None = None) -> str:
    """Return the script that defines `nc`, with the prose inside CPython as its text unless another is given."""
    return numbers_script(formulas_script(laws_script()) + schemes_script(), data={"text": text or text_data()})
