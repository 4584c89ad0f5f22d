"""Lambda = |(dx_K/dx_0, dx_K/dxi_1, ...)|: what a step keeps of noise, and how far one run answers to each."""

import numpy as np


def joint_steps_hold() -> bool:
    """Return whether steps keep the path's moments given the data, and Lambda is the length of what one run answers.

    Given z, x has mean a z and variance b^2; ancestral steps reverse x/a = z + (b/a) xi, a Brownian motion in (b/a)^2,
    so that x and x' have covariance a a' (b'/a')^2. A linear denoiser of slopes lambda answers in proportion to each
    input: each in turn is set to 1.
    """
    from theory import joint
    from theory.path import LinearPath, uniform_schedule

    grid = uniform_schedule(LinearPath(), 5)
    a, b, a_next, b_next = grid.a[:-1], grid.b[:-1], grid.a[1:], grid.b[1:]
    made = {make: make(grid) for make in (joint.ddim_steps, joint.ancestral_steps, joint.reinjection_steps)}
    covariance = {joint.ddim_steps: b * b_next, joint.ancestral_steps: a * b_next**2 / a_next,
                  joint.reinjection_steps: 0 * b}  # fmt: skip
    close = all(
        np.max(np.abs(gap)) < 1e-14
        for make, steps in made.items()
        for gap in (
            steps.keep * a + steps.add - a_next,
            steps.keep**2 * b**2 + steps.tau**2 - b_next**2,
            steps.keep * b**2 - covariance[make],
        )
    )
    ancestral, slopes = made[joint.ancestral_steps], np.array([0.25, 1.0, 2.0, 3.0, 1.5])
    noisy = joint.Steps(keep=ancestral.keep, add=ancestral.add, tau=np.array([0.5, 0.25, 0.75, 1.0, 2.0]), start=1.5)
    answers = []
    for row in np.eye(6):
        x = noisy.start * row[0]
        for j in range(5):
            x = noisy.keep[j] * x + noisy.add[j] * slopes[j] * x + noisy.tau[j] * row[j + 1]
        answers.append(x)
    none, ones = np.zeros(3), np.ones(3)
    huge = joint.joint_stiffness(
        joint.Steps(none, ones, np.array([0.5, 0.5, 0.0]), 2.0), np.array([1e200, 1e200, 1e-150])
    )
    return bool(
        close and abs(joint.joint_stiffness(noisy, slopes) / np.linalg.norm(answers) - 1) < 1e-14
        and abs(huge / 2e250 - 1) < 1e-12  # its square is no double
    )  # fmt: skip
