// x_0 ~ N(0, 1), then K steps, then a cell: the samplers of two modes, particle by particle, as sim/two_modes runs them.
//
// nc.simulate takes the keys of `noncommit simulate target=two_modes`. Steps and denoiser are nc.formulas; by hand are
// the loops, and the two matrices of a linear method (theory/linear_method.py) that numbers/linear.js writes.
nc.simulate = (() => {
  const { normal, uniform, CATEGORICAL } = nc.noise;
  const F = nc.formulas, R = nc.runtime;
  const { posterior_mean, ddim_step, cloud_mean, right_probability } = F;
  const DEFAULTS = Object.freeze({
    sampler: "ddim", scale: 0, weights: Object.freeze([0.5, 0.5]), path: "linear", denoiser_stiffness: Infinity,
    margin: 0.1, particles: 20000, seed: 0,
  });
  const MOST = 2 ** 32;

  const ROOM = 1 << 21; // normals that are kept: 16 MiB

  // A slider that moves leaves the noise as it is, so the normals of one seed are kept, a column for each step.
  const kept = { seed: -1, size: 0, columns: new Map() };

  function column(seed, step, particles) {
    if (kept.seed !== seed) {
      kept.seed = seed;
      kept.size = 0;
      kept.columns.clear();
    }
    const known = kept.columns.get(step);
    if (known !== undefined && known.length >= particles) return known;
    const size = kept.size + particles - (known === undefined ? 0 : known.length);
    if (size > ROOM) return null;
    const fresh = R.vector(particles, (particle) => normal(seed, particle, step));
    kept.columns.set(step, fresh);
    kept.size = size;
    return fresh;
  }

  // The normal of coordinate 0 at (particle, step), for steps below `count` from the columns where they have room.
  function noiseOf(s, count) {
    const columns = Array.from({ length: count }, (_, step) => column(s.seed, step, s.particles));
    return (particle, step) => {
      const known = columns[step];
      return known !== null && particle < known.length ? known[particle] : normal(s.seed, particle, step);
    };
  }

  // x' = keep x + add y + tau xi, one call a step, y the posterior mean or, where `drawn`, a draw of a mode and then of z.
  function affine(s, { keep, add, tau, start }, drawn, stiffness) {
    const { a, b } = s.schedule, { g, amplitude, k, h } = s.denoiser, { mu, scale } = s.target, steps = k.length;
    const within = R.vector(steps, (j) => F.cloud_spread(a[j], b[j], scale));
    const injects = tau.some((spread) => spread > 0), spreads = scale > 0 && drawn.some((here) => here);
    const xi = noiseOf(s, spreads ? 2 * steps : injects ? steps : 1);

    function draw(particle, x, j) {
      const right = uniform(s.seed, CATEGORICAL, particle, j, 0) < right_probability(x, k[j], h);
      const z = cloud_mean(x, right ? mu : -mu, a[j], g[j]);
      return within[j] > 0 ? z + within[j] * xi(particle, steps + j) : z;
    }

    function run(particle, see) {
      let x = start * xi(particle, 0);
      for (let j = 0; j < steps; j++) {
        if (see !== null) see[j] = x;
        const y = drawn[j] ? draw(particle, x, j) : posterior_mean(x, g[j], amplitude[j], k[j], h);
        x = ddim_step(x, y, keep[j], add[j]);
        if (tau[j] > 0) x += tau[j] * xi(particle, j + 1);
      }
      return x;
    }

    return { run, nfe: steps, stiffness };
  }

  const never = (s) => new Array(s.steps).fill(false);

  // The one call at which commit_at draws: the last at or before its time.
  function once(s) {
    const call = R.total(s.steps, (j) => (j / s.steps <= s.commitTime ? 1 : 0)) - 1;
    return never(s).map((_, j) => j === call);
  }

  const SAMPLERS = {
    ddim: (s) => affine(s, F.ddim_steps(s.schedule), never(s), F.ddim_sampler_stiffness(s.schedule, s.denoiser)),
    reinjection: (s) =>
      affine(s, F.reinjection_steps(s.schedule), never(s), F.reinjection_stiffness(s.schedule, s.denoiser.slope)),
    commit_parallel: (s) => affine(s, F.reinjection_steps(s.schedule), never(s).map(() => true), Infinity),
    commit_at: (s) => affine(s, F.ddim_steps(s.schedule), once(s), Infinity),
  };

  function oneOf(name, value, known) {
    if (Object.hasOwn(known, value)) return known[value];
    return R.refuse(`There is no ${name} ${value}.`, Object.keys(known).join(", "), value, "Is it spelt so?");
  }

  function checkedTarget({ mu, scale, weights }) {
    if (weights.length !== 2 || Math.abs(weights[0] + weights[1] - 1) > 2 * Number.EPSILON) {
      R.refuse("weights must be the probabilities of the two modes.", "two numbers with sum 1", weights, "Do they add up?");
    }
    const pair = weights.map((w) => R.fraction("weights", w));
    return Object.freeze({ mu: R.positive("mu", mu), scale: R.nonnegative("scale", scale), weights: pair });
  }

  function checkedCap(cap, target, schedule) {
    if (cap === Infinity || cap === null) return Infinity;
    const steepest = F.steepest_within(target, schedule);
    if (R.positive("denoiser_stiffness", cap) >= steepest) return cap;
    return R.refuse(
      "denoiser_stiffness cannot be reached.", `at least ${steepest}, the slope within one mode at the last call`, cap,
      "Is the scale of the modes too large, or are there too many steps, for so smooth a denoiser?",
    );
  }

  function setting(given) {
    const keys = { ...DEFAULTS, ...given };
    for (const name of Object.keys(keys)) {
      const own = name === "commit_time" && keys.sampler === "commit_at";
      if (!Object.hasOwn(DEFAULTS, name) && name !== "mu" && name !== "steps" && !own) {
        R.refuse(`two_modes reads no ${name}.`, ["mu", "steps", ...Object.keys(DEFAULTS)].join(", "), name, "Is it spelt so?");
      }
    }
    const target = checkedTarget(keys), path = oneOf("path", keys.path, F.paths), schedule = path.schedule(keys.steps);
    const cap = checkedCap(keys.denoiser_stiffness, target, schedule);
    const commitTime = R.within("commit_time", keys.commit_time ?? 0.5, 0, 1);
    return {
      target, path, schedule, cap, commitTime, steps: keys.steps, margin: R.fraction("margin", keys.margin),
      denoiser: F.two_mode_denoiser(target, schedule, cap), edge: (1 - keys.margin) * target.mu,
      seed: R.whole("seed", keys.seed, 0, MOST - 1), particles: R.whole("particles", keys.particles, 1, MOST),
    };
  }

  // The least error of a class of this stiffness whose masses come in proportion to the weights.
  function leastError(s, stiffness) {
    if (stiffness === 0 || stiffness === Infinity) return stiffness === 0 ? 1 : 0;
    return F.proportional_error(s.target.weights, stiffness, F.separation(s.target, s.margin));
  }

  function simulate(given) {
    const name = given.sampler ?? DEFAULTS.sampler, s = setting(given);
    const { run, nfe, stiffness } = oneOf("sampler", name, SAMPLERS)(s);
    const outputs = new Float64Array(s.particles), counts = [0, 0, 0];
    for (let particle = 0; particle < s.particles; particle++) {
      const x = run(particle, null);
      outputs[particle] = x;
      counts[x <= -s.edge ? 0 : x >= s.edge ? 2 : 1]++;
    }
    const own = F.target_masses(s.target, s.margin);
    return {
      outputs, counts, nfe, stiffness, edge: s.edge,
      ambiguous: counts[1] / s.particles,
      tv: R.total(3, (i) => Math.max(own[i] - counts[i] / s.particles, 0)),
      target_ambiguous: own[1],
      least_error: leastError(s, stiffness),
      // What the calls see, and the output last.
      trajectory(particle) {
        const seen = new Float64Array(nfe + 1);
        seen[nfe] = run(particle, seen);
        return seen;
      },
    };
  }

  // The places of a row that are not 0, and what stands there: a zero adds nothing.
  function sparse(row) {
    const places = [...row.keys()].filter((i) => row[i] !== 0);
    return { places: Uint16Array.from(places), values: Float64Array.from(places, (i) => row[i]) };
  }

  // A scheme as its two matrices: call j sees row j of them, the last row is the output.
  function linear(scheme, s) {
    const grid = Array.from({ length: s.steps + 1 }, (_, k) => k / s.steps);
    const method = nc.rows.linearMethod(scheme, s.path, grid), { calls, inputs } = method;
    const schedule = { a: Float64Array.of(...method.a, 1), b: Float64Array.of(...method.b, 0) };
    const denoiser = F.two_mode_denoiser(s.target, schedule, checkedCap(s.cap, s.target, schedule));
    const { g, amplitude, k, h, slope } = denoiser, noise = method.noise.map(sparse), mix = method.mix.map(sparse);
    const xi = new Float64Array(inputs), answers = new Float64Array(calls), drawn = noiseOf(s, inputs);
    const combined = ({ places, values }, of) => {
      let sum = 0;
      for (let i = 0; i < places.length; i++) sum += values[i] * of[places[i]];
      return sum;
    };

    function run(particle, see) {
      for (let i = 0; i < inputs; i++) xi[i] = drawn(particle, i);
      for (let j = 0; ; j++) {
        const x = combined(noise[j], xi) + combined(mix[j], answers);
        if (j === calls) return x;
        if (see !== null) see[j] = x;
        answers[j] = posterior_mean(x, g[j], amplitude[j], k[j], h);
      }
    }

    // The most by which the output stretches its Gaussian inputs together (theory.linear_method.LinearMethod.stiffness).
    function stiffness() {
      const most = method.noise.map((row) => row.map(Math.abs));
      for (let j = 1; j <= calls; j++) {
        for (let l = 0; l < inputs; l++) {
          most[j][l] += R.total(j, (i) => Math.abs(method.mix[j][i]) * slope[i] * most[i][l]);
        }
      }
      const norm = Math.hypot(...most[calls]);
      if (Number.isFinite(norm)) return norm;
      return R.refuse("The stiffness of this class is not a double.", "at most 1.8e308", "more", "Are there too many steps?");
    }

    return { run, nfe: calls, stiffness: stiffness() };
  }

  for (const [name, scheme] of Object.entries(nc.schemes)) {
    if (name !== "velocity" && !Object.hasOwn(SAMPLERS, name)) SAMPLERS[name] = (s) => linear(scheme, s);
  }
  simulate.samplers = Object.freeze(Object.keys(SAMPLERS));
  simulate.defaults = DEFAULTS;
  simulate.setting = setting;
  return simulate;
})();
