"""L(c Delta) = c L(Delta): whoever triples the separation triples the stiffness."""


def separation_scales() -> bool:
    """Return whether three times the separation takes three times the stiffness, at every law that knows both."""
    from theory.catalogue import LAWS

    shared = {"modes": 16.0, "error": 0.2, "factors": (4, 4), "source_dim": 4, "masses": (0.3, 0.6)}
    # What the hypotheses of a law ask for: cells alike by symmetry, a code that is stored.
    own = {"simplex": {"masses": (0.375, 0.375)}, "spherical": {"modes": 16.0, "source_dim": 8, "error": 0.4}}
    asked, close = 0, True
    for law in LAWS.values():
        for question in law.questions:
            if "separation" not in question.optional or "stiffness" not in question.answers:
                continue
            given = {key: (shared | own.get(law.name, {}))[key] for key in question.given}
            one, three = (law.evaluate(given | {"separation": s})["stiffness"] for s in (1.0, 3.0))
            asked += 1
            close = close and abs(three / (3 * one) - 1) < 1e-12
            for key in {"error", "modes"} & set(given) if law.name != "spherical" else ():  # codes answer in steps
                back = {other: value for other, value in given.items() if other != key} | {"stiffness": three}
                if any(set(q.given) == set(back) and key in q.answers for q in law.questions):
                    again = law.evaluate(back | {"separation": 3.0})[key]
                    asked, close = asked + 1, close and abs(again / given[key] - 1) < 1e-9
    return close and asked >= 24
