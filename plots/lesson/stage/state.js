// The page is a function of its address: every control is a key of the hash, and what is at its default is left out.
// A reload and a shared link therefore restore everything, and "back to the start" is an empty hash.
"use strict";

const lesson = {
  scenes: new Map(),
  data: JSON.parse(document.getElementById("lesson-data").textContent),
};

lesson.state = (() => {
  const defaults = new Map();
  const checks = new Map();
  const values = new Map();
  const listeners = [];
  const PAUSE = 200; // ms between writes: browsers refuse more than a few hundred addresses in half a minute
  let timer = 0;

  function declare(key, value, check) {
    defaults.set(key, String(value));
    checks.set(key, check || (() => true));
  }

  function get(key) {
    if (!defaults.has(key)) throw new Error(`There is no control ${key}.`);
    return values.has(key) ? values.get(key) : defaults.get(key);
  }

  function put(key, text) {
    if (text === get(key)) return false;
    if (text === defaults.get(key)) values.delete(key);
    else values.set(key, text);
    return true;
  }

  function tell(key) {
    for (const listen of listeners) listen(key);
  }

  function set(key, value) {
    if (!put(key, String(value))) return;
    tell(key);
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE);
  }

  function address() {
    const words = [...defaults.keys()].filter((key) => values.has(key));
    return words.map((key) => `${key}=${encodeURIComponent(values.get(key))}`).join("&");
  }

  function write() {
    clearTimeout(timer);
    const hash = address();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  // A key that no control has, or a value that its control would refuse, is passed over: the default stays.
  function read() {
    const found = new Map(new URLSearchParams(location.hash.slice(1)));
    for (const key of defaults.keys()) {
      const text = found.get(key);
      const fits = text !== undefined && checks.get(key)(text);
      if (put(key, fits ? text : defaults.get(key))) tell(key);
    }
  }

  addEventListener("hashchange", read);
  return {
    declare, get, set, read, write, address,
    number: (key) => Number(get(key)),
    keys: () => [...defaults.keys()],
    initial: (key) => defaults.get(key),
    onChange: (listen) => listeners.push(listen),
  };
})();

// A curve is computed anew only when what it depends on has changed.
lesson.memo = (make) => {
  let known = null;
  let found = null;
  return (given) => {
    const key = JSON.stringify(given);
    if (key !== known) [known, found] = [key, make(given)];
    return found;
  };
};
