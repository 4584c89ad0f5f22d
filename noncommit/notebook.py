"""Few smooth steps cannot commit: the lesson as a marimo notebook, six scenes over the public functions of noncommit.

`marimo edit noncommit/notebook.py` opens it; every number in it is what noncommit returns for the keys that are shown.
"""

import marimo

app = marimo.App(app_title="Few smooth steps cannot commit")


@app.cell
def _():
    import marimo as mo

    import noncommit
    from plots import separation, tradeoff

    def table(rows):
        """Return rows as Markdown, four digits a number."""
        lines = [rows[0].keys(), ["---"] * len(rows[0]), *(row.values() for row in rows)]
        words = [[f"{w:.4g}" if isinstance(w, float) else str(w) for w in line] for line in lines]
        return mo.md("\n".join("| " + " | ".join(line) + " |" for line in words))

    return mo, noncommit, separation, table, tradeoff


@app.cell
def _(mo):
    mo.md(
        """
        # Few smooth steps cannot commit

        A sampler that joins a few smooth maps of noise has to decide between words. What stops it, what gets round it?
        Guess before you move a slider. The claim is arXiv 2606.30705's; the laws, their proofs and what holds only in
        part are in `theory/LAWS.md`.

        ## 1. The mean of two words is no word

        Two words lie at -mu and +mu. A denoiser called once sees pure noise and can only answer with the mean. How many
        calls until nine in ten samples are a word?
        """
    )


@app.cell
def _(mo):
    steps = mo.ui.slider(1, 32, value=1, label="steps K", show_value=True)
    cap = mo.ui.slider(steps=[1.5, 2, 3, 4, 6, 8, 16], value=4, label="cap on the slope of one call", show_value=True)
    mo.hstack([steps, cap], justify="start")
    return cap, steps


@app.cell
def _(cap, mo, noncommit, steps):
    one = noncommit.simulate(mu=2, steps=steps.value, denoiser_stiffness=cap.value, particles=100_000)
    left, between, right = one.exact_masses
    mo.md(
        f"Of all samples {left:.1%} end at the left word, **{between:.1%} at no word**, {right:.1%} at the right one "
        f"(counted among 100,000: {one.ambiguous})."
    )
    return (one,)


@app.cell
def _(mo):
    mo.md(
        """
        ## 2. The tube: a sharp readout flips at rate s, a smooth one forgives at s squared

        s is the noise that is left at the last call, kappa the sharpness of the readout. Halve s: what happens to the
        error of a readout with kappa s = 100, and with kappa s = 0.01?
        """
    )


@app.cell
def _(mo):
    noise = mo.ui.slider(steps=[0.2, 0.1, 0.05, 0.02, 0.01], value=0.1, label="noise left s", show_value=True)
    mo.hstack([noise], justify="start")
    return (noise,)


@app.cell
def _(noise, noncommit, table):
    _rows = []
    for _sharpness in (0.1, 1, 10, 100, 1000):
        _error, _half = (
            noncommit.law("crossover", interface_energy=0.25, sharpness=_sharpness, relative_noise=s)["readout_error"]
            for s in (noise.value, noise.value / 2)
        )
        _rows.append(
            {"kappa": _sharpness, "kappa s": _sharpness * noise.value, "error": _error, "ratio at s/2": _error / _half}
        )
    crossover = _rows
    table(crossover)
    return (crossover,)


@app.cell
def _(mo):
    mo.md(
        """
        A ratio of 4 is the image regime, a ratio of 2 the text regime: one curve, and kappa s decides.

        ## 3. Stiffness: to tell M modes apart, noise must be stretched

        Isoperimetry: the sets of noise that lead to different words cannot all be far apart, so the map must be steep
        between them. By how much more for a million words than for a thousand?
        """
    )


@app.cell
def _(mo):
    modes = mo.ui.slider(
        steps=[2, 10, 100, 1000, 10_000, 100_000, 1_000_000], value=1000, label="modes M", show_value=True
    )
    mo.hstack([modes], justify="start")
    return (modes,)


@app.cell
def _(mo, modes, noncommit, separation):
    needed = noncommit.law("isoperimetric", modes=modes.value, error=0.01)["stiffness"]
    mo.vstack([
        mo.md(f"At least **{needed:.4g}** times the distance between words, at 1% of the mass left over."),
        separation.figure(),
    ])  # fmt: skip
    return (needed,)


@app.cell
def _(mo):
    mo.md(
        """
        ## 4. Depth: K steps multiply, and leave a forbidden region

        Each call may be as steep as the cap and no steeper, so K of them stretch by at most a product. Below the black
        line no DDIM sampler can be that serves both words alike. The cap is the one of scene 1.
        """
    )


@app.cell
def _(cap, mo, tradeoff):
    panels = tradeoff.compute(mu=2, caps=(cap.value,))
    mo.vstack([tradeoff.draw(panels), mo.md(tradeoff.caption(panels))])
    return (panels,)


@app.cell
def _(mo):
    mo.md(
        """
        ## 5. The ways out, and what each costs

        Draw the word (commitment), or drop x and draw fresh noise at each call (re-injection). Now the two words are
        unequal, .7 and .3. Which sampler keeps the weights?
        """
    )


@app.cell
def _(mo):
    depth = mo.ui.slider(2, 64, value=16, label="steps K", show_value=True)
    mo.hstack([depth], justify="start")
    return (depth,)


@app.cell
def _(cap, depth, noncommit, table):
    ways = []
    for _sampler in ("ddim", "reinjection", "commit_parallel"):
        _run = noncommit.simulate(
            mu=4, steps=depth.value, denoiser_stiffness=cap.value, weights=[0.7, 0.3], sampler=_sampler, particles=1000
        )
        ways.append({"sampler": _sampler, "nfe": _run.nfe, "no word": _run.exact_ambiguous, "tv": _run.exact_tv})
    table(ways)
    return (ways,)


@app.cell
def _(mo):
    mo.md(
        """
        Re-injection leaves less undecided than DDIM only from some depth on, and pays for it in tv: ambiguous mass is
        bought with misweighted words.

        ## 6. A sentence

        A Markov chain of characters, counted from English prose, each with a codeword; the exact denoiser of whole
        sequences. Read before you look at the numbers.
        """
    )


@app.cell
def _(mo):
    calls = mo.ui.slider(1, 16, value=4, label="steps K", show_value=True)
    overlap = mo.ui.slider(steps=[0, 0.5, 1], value=0, label="overlap of the codewords", show_value=True)
    mo.hstack([calls, overlap], justify="start")
    return calls, overlap


@app.cell
def _(calls, mo, noncommit, overlap):
    written = {
        sampler: noncommit.simulate(
            target="chain", sampler=sampler, steps=calls.value, scale=overlap.value, particles=100
        )
        for sampler in ("ddim", "reinjection", "commit_parallel")
    }
    mo.vstack([
        mo.md("\n".join([f"**{sampler}**: perplexity {text.sampled.perplexity}, tv {text.sampled.tv}", "```text",
                         *text.samples[:3], "```"]))
        for sampler, text in written.items()
    ])  # fmt: skip
    return (written,)


if __name__ == "__main__":
    app.run()
