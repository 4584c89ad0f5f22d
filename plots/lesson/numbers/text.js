// x_t = a z + b xi for a sequence of tokens: text under the exact denoiser of whole sequences, as sim/chain runs it.
//
// nc.text.run takes the keys of `noncommit simulate target=chain` that the lesson offers. The chain and its codewords
// are data, counted when the page was written; steps and slopes are nc.formulas; forward-backward is by hand, one
// sequence after another. Sums may round in another order than sim's, so decisions agree unless they are a tie.
nc.text = (() => {
  const { uniform, addNormals, CATEGORICAL, DATA } = nc.noise;
  const F = nc.formulas, R = nc.runtime, data = nc.data && nc.data.text;
  if (!data) return null;
  const FLOOR = -708; // e^-708 is a normal double still: sim/lane_exp.py
  const MEASURED = 64; // sequences whose total correlation is measured
  const DEFAULTS = Object.freeze({
    sampler: "ddim", length: 64, scale: 0, path: "linear", particles: 100, seed: 0,
  });

  const symbols = Object.freeze([...data.symbols]), V = symbols.length, n = data.source_dim;
  const prior = Float64Array.from(data.prior), transition = Float64Array.from(data.transition);
  const codebook = Float64Array.from(data.codebook), seenPairs = Uint8Array.from(data.seen);
  const halfNorms = R.vector(V, (v) => R.total(n, (i) => codebook[v * n + i] ** 2) / 2);
  const logs = transition.map((p) => Math.log(p));

  function normalise(row, start) {
    let total = 0;
    for (let v = 0; v < V; v++) total += row[start + v];
    for (let v = 0; v < V; v++) row[start + v] /= total;
  }

  // out[v] = sum_u row[u] P(u, v), a message passed on.
  function onward(row, start, out) {
    out.fill(0);
    for (let u = 0; u < V; u++) {
      const mass = row[start + u];
      for (let v = 0; v < V; v++) out[v] += mass * transition[u * V + v];
    }
  }

  // The least index whose cumulated weight exceeds u times the total.
  function categorical(weights, start, u) {
    let total = 0, cumulated = 0;
    for (let v = 0; v < V; v++) total += weights[start + v];
    const wanted = u * total;
    for (let v = 0; v < V; v++) {
      cumulated += weights[start + v];
      if (cumulated > wanted) return v;
    }
    return V - 1;
  }

  // The nearest codeword of each of the S latents in z, the first in a tie.
  function nearest(z, tokens) {
    for (let s = 0; s < tokens.length; s++) {
      let best = 0, top = -Infinity;
      for (let v = 0; v < V; v++) {
        let score = -halfNorms[v];
        for (let i = 0; i < n; i++) score += z[s * n + i] * codebook[v * n + i];
        if (score > top) {
          top = score;
          best = v;
        }
      }
      tokens[s] = best;
    }
  }

  // Room for one sequence, and the denoiser that works in it.
  function room(length) {
    const seen = new Float64Array(length * V), after = new Float64Array(length * V), mean = new Float64Array(length * n);
    const before = new Float64Array(V), filtered = new Float64Array(V), marginal = new Float64Array(V);
    const weights = new Float64Array(V);

    // seen[s, v] = p(x_s given k_s = v) over its largest value; after[s, u] ~ p(x_{s+1}.. given k_s = u).
    function messages(x, a, variance) {
      if (a === 0) {
        seen.fill(1);
        after.fill(1);
        return;
      }
      const factor = a / variance;
      for (let s = 0; s < length; s++) {
        let top = -Infinity;
        for (let v = 0; v < V; v++) {
          let score = 0;
          for (let i = 0; i < n; i++) score += x[s * n + i] * codebook[v * n + i];
          score = factor * (score - a * halfNorms[v]);
          seen[s * V + v] = score;
          if (score > top) top = score;
        }
        for (let v = 0; v < V; v++) seen[s * V + v] = Math.exp(Math.max(seen[s * V + v] - top, FLOOR));
      }
      after.fill(1, (length - 1) * V);
      for (let s = length - 2; s >= 0; s--) {
        for (let v = 0; v < V; v++) weights[v] = seen[(s + 1) * V + v] * after[(s + 1) * V + v];
        for (let u = 0; u < V; u++) {
          let sum = 0;
          for (let v = 0; v < V; v++) sum += transition[u * V + v] * weights[v];
          after[s * V + u] = sum;
        }
        normalise(after, s * V);
      }
    }

    // E[z given x] = g x + (1 - a g) sum_v p(k_s = v given x) c_v, left in `mean`.
    function posteriorMeans(x, a, variance, g) {
      messages(x, a, variance);
      before.set(prior);
      for (let s = 0; s < length; s++) {
        if (s > 0) onward(filtered, 0, before);
        for (let v = 0; v < V; v++) {
          filtered[v] = before[v] * seen[s * V + v];
          marginal[v] = filtered[v] * after[s * V + v];
        }
        normalise(filtered, 0);
        normalise(marginal, 0);
        for (let i = 0; i < n; i++) {
          let code = 0;
          for (let v = 0; v < V; v++) code += marginal[v] * codebook[v * n + i];
          mean[s * n + i] = g * x[s * n + i] + (1 - a * g) * code;
        }
      }
      return mean;
    }

    // Every token from its own posterior; returns the total correlation of the draw in nats, if it is to be measured.
    function drawParallel(x, a, variance, seed, particle, step, tokens, measured) {
      messages(x, a, variance);
      before.set(prior);
      let forgotten = 0;
      for (let s = 0; s < length; s++) {
        if (s > 0) onward(filtered, 0, before);
        for (let v = 0; v < V; v++) marginal[v] = seen[s * V + v] * after[s * V + v];
        if (s > 0 && measured) forgotten += linkInformation(before, filtered, marginal);
        for (let v = 0; v < V; v++) {
          filtered[v] = before[v] * seen[s * V + v];
          marginal[v] *= before[v];
        }
        tokens[s] = categorical(marginal, 0, uniform(seed, CATEGORICAL, particle, step, s));
        normalise(filtered, 0);
      }
      return forgotten;
    }

    // Each token given those before it: a draw of the joint posterior.
    function drawInOrder(x, a, variance, seed, particle, step, tokens) {
      messages(x, a, variance);
      for (let s = 0; s < length; s++) {
        for (let v = 0; v < V; v++) {
          const chance = s === 0 ? prior[v] : transition[tokens[s - 1] * V + v];
          weights[v] = chance * seen[s * V + v] * after[s * V + v];
        }
        tokens[s] = categorical(weights, 0, uniform(seed, CATEGORICAL, particle, step, s));
      }
    }

    return { posteriorMeans, drawParallel, drawInOrder };
  }

  // The information between two neighbours, E log [P(u, v)/(before(v) after(u))] + log N, from unnormalised messages.
  function linkInformation(before, filtered, later) {
    let total = 0, information = 0;
    for (let v = 0; v < V; v++) {
      total += before[v] * later[v];
      information -= before[v] * later[v] * Math.log(before[v]);
    }
    for (let u = 0; u < V; u++) {
      let message = 0, logged = 0;
      for (let v = 0; v < V; v++) {
        const flow = later[v] * transition[u * V + v];
        message += flow;
        logged += flow * logs[u * V + v];
      }
      information += filtered[u] * (logged - message * Math.log(message));
    }
    return information / total + Math.log(total);
  }

  const STEPS = { ddim: "ddim_steps", reinjection: "reinjection_steps", ancestral: "ancestral_steps" };
  const COMMITTING = { commit_parallel: false, commit_in_order: true };

  // Writes one sequence; see(call, tokens), if given, is shown what each call would read or has drawn.
  function writer(s) {
    const { a, b } = s.schedule, steps = s.steps, { length, seed, scale } = s, size = length * n;
    const variance = R.vector(steps, (k) => F.view_variance(a[k], b[k], scale));
    const g = R.vector(steps, (k) => F.linear_slope(a[k], b[k], scale));
    const x = new Float64Array(size), place = room(length), forgotten = new Float64Array(steps);
    const affine = Object.hasOwn(STEPS, s.sampler) ? F[STEPS[s.sampler]](s.schedule) : null;
    const shown = new Uint8Array(length);

    function keepOn(particle, tokens, see) {
      x.fill(0);
      addNormals(x, b[0], seed, particle, 0);
      for (let k = 0; k < steps; k++) {
        const mean = place.posteriorMeans(x, a[k], variance[k], g[k]);
        if (see) {
          nearest(mean, shown);
          see(k, shown);
        }
        for (let i = 0; i < size; i++) x[i] = affine.keep[k] * x[i] + affine.add[k] * mean[i];
        if (affine.tau[k] > 0) addNormals(x, affine.tau[k], seed, particle, k + 1);
      }
      nearest(x, tokens);
    }

    function commit(particle, tokens, see) {
      const inOrder = COMMITTING[s.sampler], measured = !inOrder && particle < MEASURED;
      x.fill(0);
      addNormals(x, b[0], seed, particle, 0);
      for (let k = 0; k < steps; k++) {
        if (inOrder) place.drawInOrder(x, a[k], variance[k], seed, particle, k, tokens);
        else forgotten[k] = place.drawParallel(x, a[k], variance[k], seed, particle, k, tokens, measured);
        if (see) see(k, tokens);
        if (k + 1 === steps) return;
        for (let i = 0; i < size; i++) {
          const code = codebook[tokens[Math.floor(i / n)] * n + (i % n)];
          x[i] = F.cloud_mean(x[i], code, a[k], g[k]);
        }
        if (scale > 0) addNormals(x, F.cloud_spread(a[k], b[k], scale), seed, particle, steps + 1 + k);
        for (let i = 0; i < size; i++) x[i] *= a[k + 1];
        addNormals(x, b[k + 1], seed, particle, k + 1);
      }
    }

    return { write: affine ? keepOn : commit, forgotten };
  }

  // Tokens of the chain itself, and the tokens read off their latents: the floor.
  function own(s, particle, tokens, read, z) {
    for (let i = 0; i < s.length; i++) {
      const [weights, start] = i === 0 ? [prior, 0] : [transition, tokens[i - 1] * V];
      tokens[i] = categorical(weights, start, uniform(s.seed, DATA, particle, 0, i));
      for (let j = 0; j < n; j++) z[i * n + j] = codebook[tokens[i] * n + j];
    }
    if (s.scale > 0) addNormals(z, s.scale, s.seed, particle, 2 * s.steps + 1);
    nearest(z, read);
  }

  // P(k_s = u, k_{s+1} = v) of the chain, averaged over the places of a pair.
  function pairFrequencies(length) {
    const mean = new Float64Array(V), row = Float64Array.from(prior), next = new Float64Array(V);
    for (let s = 0; s < length - 1; s++) {
      for (let v = 0; v < V; v++) mean[v] += row[v] / (length - 1);
      onward(row, 0, next);
      row.set(next);
    }
    return transition.map((p, i) => mean[Math.floor(i / V)] * p);
  }

  const perplexityOf = (shares) => Math.exp(-R.total(V * V, (i) => shares[i] * logs[i]));

  // sim/chain/measures.py: perplexity, bigram tv, unseen pairs, diversity, share of different sequences.
  function quality(tokens, s) {
    const pairs = new Float64Array(V * V), wanted = pairFrequencies(s.length), different = new Set();
    for (let p = 0; p < s.particles; p++) {
      const row = tokens.subarray(p * s.length, (p + 1) * s.length);
      for (let i = 0; i + 1 < s.length; i++) pairs[row[i] * V + row[i + 1]]++;
      different.add(row.join());
    }
    const shares = pairs.map((count) => count / (s.particles * (s.length - 1)));
    return {
      perplexity: perplexityOf(shares),
      tv: R.total(V * V, (i) => Math.abs(shares[i] - wanted[i])) / 2,
      unseen: R.total(V * V, (i) => (seenPairs[i] ? 0 : shares[i])),
      diversity: Math.exp(-R.total(V * V, (i) => (shares[i] > 0 ? shares[i] * Math.log(shares[i]) : 0))),
      distinct: different.size / s.particles,
    };
  }

  const spell = (tokens) => Array.from(tokens, (k) => symbols[k]).join("");

  function setting(given) {
    const s = { ...DEFAULTS, ...given };
    for (const name of Object.keys(s)) {
      if (Object.hasOwn(DEFAULTS, name) || name === "steps") continue;
      R.refuse(`The lesson's chain reads no ${name}.`, ["steps", ...Object.keys(DEFAULTS)].join(", "), name, "Is it spelt so?");
    }
    const known = { ...STEPS, ...COMMITTING };
    if (!Object.hasOwn(known, s.sampler)) {
      R.refuse(`There is no sampler ${s.sampler}.`, Object.keys(known).join(", "), s.sampler, "Is it spelt so?");
    }
    if (!Object.hasOwn(F.paths, s.path)) {
      R.refuse(`There is no path ${s.path}.`, Object.keys(F.paths).join(", "), s.path, "Is it spelt so?");
    }
    R.whole("length", s.length, 2, Math.floor(65536 / n));
    R.nonnegative("scale", s.scale);
    R.whole("particles", s.particles, 1, 2 ** 32);
    R.whole("seed", s.seed, 0, 2 ** 32 - 1);
    return { ...s, schedule: F.paths[s.path].schedule(s.steps) };
  }

  function rows(tokens, s) {
    return Array.from({ length: s.particles }, (_, p) => spell(tokens.subarray(p * s.length, (p + 1) * s.length)));
  }

  // tokens, exact_tokens, floor_tokens: sequence after sequence. total_correlation: a mean for each call, or none.
  function run(given) {
    const s = setting(given), { write, forgotten } = writer(s);
    const size = s.particles * s.length, z = new Float64Array(s.length * n);
    const [tokens, exact, floor] = [0, 1, 2].map(() => new Uint8Array(size));
    const lost = new Float64Array(s.steps), measured = Math.min(MEASURED, s.particles);
    for (let p = 0; p < s.particles; p++) {
      const of = (all) => all.subarray(p * s.length, (p + 1) * s.length);
      write(p, of(tokens), null);
      if (p < measured) for (let k = 0; k < s.steps; k++) lost[k] += forgotten[k] / measured;
      own(s, p, of(exact), of(floor), z);
    }
    const forgets = s.sampler === "commit_parallel";
    return {
      sequences: rows(tokens, s), tokens, exact_sequences: rows(exact, s), exact_tokens: exact, floor_tokens: floor,
      nfe: s.sampler === "commit_in_order" ? s.steps * s.length : s.steps,
      chain_perplexity: perplexityOf(pairFrequencies(s.length)),
      ...quality(tokens, s), exact: quality(exact, s), floor: quality(floor, s),
      total_correlation: forgets ? Array.from(lost, (nats) => Math.max(nats, 0)) : [],
    };
  }

  // What one sequence reads as at each call: the tokens drawn, or those nearest to its posterior means.
  function history(given, particle) {
    const s = setting(given), seen = [], tokens = new Uint8Array(s.length);
    writer(s).write(particle, tokens, (_, shown) => seen.push(spell(shown)));
    return seen;
  }

  return Object.freeze({
    run, history, setting, defaults: DEFAULTS, samplers: Object.freeze(Object.keys({ ...STEPS, ...COMMITTING })), data,
    symbols,
  });
})();
