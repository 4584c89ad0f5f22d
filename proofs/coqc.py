"""forall K: what z3 shows for each K and by its induction step, Coq shows for lists of any length. Level K, optional.

The statements and proofs stand in coq/*.v. A theorem is proved if coqc accepts its file and `Print Assumptions` names
nothing beyond the axioms on which Coq's real numbers rest; each of its mutants, the same file with a wrong statement,
must be refused. Where coqc is not installed the level says NOT RUN and proves nothing (Bertot and Casteran 2004).
"""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, final

FOLDER: Final = Path(__file__).with_name("coq")
COMMAND: Final = "coqc"
SECONDS: Final = 120
"""A file takes one or two; what takes longer than this is not proved."""

TRUSTED: Final = frozenset({
    "ClassicalDedekindReals.sig_forall_dec", "ClassicalDedekindReals.sig_not_dec", "Classical_Prop.classic",
    "FunctionalExtensionality.functional_extensionality_dep",
})  # fmt: skip
"""Classical logic, as it enters Coq's construction of the real numbers."""


@final
@dataclass(frozen=True)
class Theorem:
    """A theorem of coq/`file`.v; each of `wrong`, a replacement (old, new) in its statement, must be refused."""

    name: str
    says: str
    file: str
    wrong: tuple[tuple[str, str], ...]

    @property
    def source(self) -> str:
        """The text of the file."""
        return (FOLDER / f"{self.file}.v").read_text(encoding="utf-8")

    @property
    def statement(self) -> str:
        """What stands between the theorem's name and its proof."""
        found = re.findall(rf"^Theorem ({self.name}\b.*?)\.\nProof\.$", self.source, flags=re.DOTALL | re.MULTILINE)
        if len(found) != 1:
            raise ValueError(f"{self.name} is stated {len(found)} times in {self.file}.v. Expected: once.")
        return " ".join(found[0].split())


@final
@dataclass(frozen=True)
class TheoremResult:
    """Whether a theorem is proved, the `reason` if not, and how many mutants were refused."""

    proved: bool
    reason: str
    mutants: int


def absent() -> str:
    """Return why no theorem can be checked here, or an empty text."""
    return "" if shutil.which(COMMAND) else f"{COMMAND} is not installed: no theorem was checked by Coq."


@cache
def compile_text(text: str) -> tuple[bool, str]:
    """Return whether coqc accepts a text, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "theorems.v"
        file.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(
                [COMMAND, "-q", file.name], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return False, f"no answer within {SECONDS} s"
    return done.returncode == 0, done.stdout + done.stderr


def assumptions(printed: str) -> list[set[str]]:
    r"""Return the axioms of each answer of `Print Assumptions`, in the order in which they were asked.

    >>> assumptions("Axioms:\nClassical_Prop.classic\n  : forall P\nClosed under the global context\n")
    [{'Classical_Prop.classic'}, set()]
    """
    found: list[set[str]] = []
    for line in printed.splitlines():
        if line.startswith(("Axioms:", "Closed under the global context")):
            found.append(set())
        elif found and line and not line[0].isspace():
            found[-1].add(line.split(" ")[0])
    return found


def refused(theorem: Theorem, old: str, new: str) -> bool:
    """Return whether coqc finds no proof of the statement with `new` for `old`, though it is well formed.

    That it is well formed is seen by leaving its proof out.
    """
    statement, text = theorem.statement, " ".join(theorem.source.split())
    if statement.count(old) != 1 or text.count(statement) != 1:
        raise ValueError(f"{old!r} does not occur once in the statement of {theorem.name}.")
    mutant = text.replace(statement, statement.replace(old, new))
    before, _, proof = mutant.partition(f"{statement.replace(old, new)}. Proof.")
    stated = f"{before}{statement.replace(old, new)}. Admitted.{proof.partition('Qed.')[2]}"
    return not compile_text(mutant)[0] and compile_text(stated)[0]


def prove(theorem: Theorem) -> TheoremResult:
    """Prove the theorem by coqc, or say why it is not proved."""
    theorem.statement  # noqa: B018 - a file that does not state it is found out before anything runs
    accepted, printed = compile_text(f"{theorem.source}\nPrint Assumptions {theorem.name}.\n")
    if not accepted:
        return TheoremResult(False, f"coqc refuses {theorem.file}.v: {' '.join(printed.split())[-200:]}", 0)
    rests = assumptions(printed)
    if len(rests) != 1 or rests[0] - TRUSTED:
        beyond = ", ".join(sorted(set().union(*rests) - TRUSTED)) or "nothing that was printed"
        return TheoremResult(False, f"it rests on {beyond}", 0)
    killed = sum(refused(theorem, old, new) for old, new in theorem.wrong)
    if not theorem.wrong or killed < len(theorem.wrong):
        return TheoremResult(False, "a wrong statement is not refused", killed)
    return TheoremResult(True, "", killed)
