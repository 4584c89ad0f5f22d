"""A kernel that inlines a formula is compiled anew when the formula changes, and only then."""

from pathlib import Path

from copies import copy_rooms, edit, run_python
from sim.digest import sources_digest

PROBE = """
import json
from sim.two_modes.kernels import affine_counts
from sim.two_modes.run import build_setting
from sim.two_modes.sampler_names import SAMPLERS
counter, arguments = SAMPLERS["ddim"].counter(build_setting(mu=2.0, steps=4, denoiser_stiffness=4.0), 0)
counts = counter(0, 20000, *arguments)
print(json.dumps([counts.tolist(), sum(counter.stats.cache_hits.values()), sum(counter.stats.cache_misses.values())]))
"""


def probe(folder: Path) -> list:
    import json

    done = run_python("-c", PROBE, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_three_processes(tmp_path: Path) -> None:
    """Assert: after an edit the second process prints the new value, and the third reports a cache hit."""
    folder = copy_rooms(tmp_path)
    before, hits, misses = probe(folder)
    assert (hits, misses) == (0, 1)
    edit(folder / "theory" / "denoiser.py", "return g * x + amplitude * tilt",
         "return g * x + amplitude * tilt / 2")  # fmt: skip
    after, hits, misses = probe(folder)
    assert (hits, misses) == (0, 1), "a stale kernel was taken from the cache"
    assert after != before
    assert after[1] == 20000  # half the amplitude reaches no landing set
    again, hits, misses = probe(folder)
    assert (hits, misses) == (1, 0)
    assert again == after


def test_a_comment_or_docstring_changes_no_digest(tmp_path: Path) -> None:
    """Assert that the digest reads syntax, not text, and that it does read constants."""
    source = tmp_path / "room" / "formula.py"
    source.parent.mkdir()
    digests = []
    for text in (
        '"""One."""\ndef f(x):\n    """Two."""\n    return 2 * x\n',
        '"""Other."""\n# why\ndef f(x):\n    """Words."""\n    return 2*x\n',
        '"""One."""\ndef f(x):\n    """Two."""\n    return 2.02 * x\n',
    ):
        source.write_text(text, encoding="utf-8")
        digests.append(sources_digest([source.parent]))
    assert digests[0] == digests[1] != digests[2]


def test_a_stored_table_is_part_of_the_digest(tmp_path: Path) -> None:
    """Assert that one number of a table changes the digest: results are read from it as from code."""
    (tmp_path / "table.csv").write_text("modes,stiffness\n8,1.5\n", encoding="utf-8")
    before = sources_digest([tmp_path])
    (tmp_path / "table.csv").write_text("modes,stiffness\n8,1.6\n", encoding="utf-8")
    assert sources_digest([tmp_path]) != before
