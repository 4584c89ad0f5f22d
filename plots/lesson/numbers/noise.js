// xi = normal(seed, purpose, particle, step, coordinate): the addressed noise of sim/noise.py, bit for bit.
//
// Threefry-2x32 with 20 rounds (Salmon et al. 2011). Key: seed, purpose. Counter: particle, step 2^16 + coordinate.
// The integers are identical everywhere; logarithm and cosine may differ from another machine's in the last place.
nc.noise = (() => {
  const GAUSSIAN = 1, CATEGORICAL = 2, CODEBOOK = 3, DATA = 4;
  const PARITY = 0x1bd11bda; // of the Threefish key schedule, 32-bit variant
  const PER_WORD = 67108864, UNIT = 9007199254740992; // 2^26, 2^53
  const TURN = 2 * Math.PI;
  let low = 0; // the second output word of the last block: a pair would be an allocation

  // Returns the first output word of a block and leaves the second in `low`; both are signed.
  function block(c0, c1, k0, k1) {
    const k2 = PARITY ^ k0 ^ k1;
    let x = (c0 + k0) | 0, y = (c1 + k1) | 0;
    x = (x + y) | 0; y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0; y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0; y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0; y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + k1) | 0; y = (y + k2 + 1) | 0;
    x = (x + y) | 0; y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0; y = ((y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0; y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0; y = ((y << 24) | (y >>> 8)) ^ x;
    x = (x + k2) | 0; y = (y + k0 + 2) | 0;
    x = (x + y) | 0; y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0; y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0; y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0; y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + k0) | 0; y = (y + k1 + 3) | 0;
    x = (x + y) | 0; y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0; y = ((y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0; y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0; y = ((y << 24) | (y >>> 8)) ^ x;
    x = (x + k1) | 0; y = (y + k2 + 4) | 0;
    x = (x + y) | 0; y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0; y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0; y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0; y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + k2) | 0; y = (y + k0 + 5) | 0;
    low = y;
    return x;
  }

  const threefry2x32 = (c0, c1, k0, k1) => [block(c0 | 0, c1 | 0, k0 | 0, k1 | 0) >>> 0, low >>> 0];

  // A multiple of 2^-53 in [0, 1): 27 bits of the first word, 26 of the second.
  function uniform(seed, purpose, particle, step, coordinate) {
    const high = block(particle | 0, (step << 16) | coordinate, seed | 0, purpose); // words as signed integers: fast
    return ((high >>> 5) * PER_WORD + (low >>> 6)) / UNIT;
  }

  const radius = (u) => Math.sqrt(-2 * Math.log1p(-u));

  // The standard normal of coordinate 0 at (particle, step); `index` is the step.
  function normal(seed, particle, index) {
    const u = uniform(seed, GAUSSIAN, particle, index, 0);
    return radius(u) * Math.cos(TURN * uniform(seed, GAUSSIAN, particle, index, 1));
  }

  // Adds spread times the normals of coordinates 0, 1, ... at (particle, step) to `out`.
  function addNormals(out, spread, seed, particle, step) {
    for (let i = 0; i < out.length; i += 2) {
      const r = radius(uniform(seed, GAUSSIAN, particle, step, i));
      const angle = TURN * uniform(seed, GAUSSIAN, particle, step, i + 1);
      out[i] += spread * (r * Math.cos(angle));
      if (i + 1 < out.length) out[i + 1] += spread * (r * Math.sin(angle));
    }
  }

  return Object.freeze({ GAUSSIAN, CATEGORICAL, CODEBOOK, DATA, threefry2x32, uniform, normal, addNormals });
})();
