// nc.law("binary", {error: 0.1}) = {stiffness: ...}: the answers of `noncommit law` to the questions of the lesson.
nc.law = (() => {
  const { refuse } = nc.runtime, { laws } = nc.formulas;

  function law(name, keys) {
    if (!Object.hasOwn(laws, name)) {
      refuse(`The lesson does not ask the law ${name}.`, Object.keys(laws).join(", "), name, "Is it spelt so?");
    }
    const given = Object.keys(keys).filter((key) => keys[key] !== undefined);
    const asked = laws[name].find(
      (question) => question.given.every((key) => given.includes(key)) &&
        given.every((key) => question.given.includes(key) || Object.hasOwn(question.optional, key)),
    );
    if (asked) return asked.solve({ ...asked.optional, ...keys });
    const questions = laws[name].map((question) => question.given.join(", ")).join("; ");
    return refuse(`The law ${name} does not answer this question.`, questions, given.join(", "), "Is a key missing?");
  }

  law.names = Object.freeze(Object.keys(laws));
  return law;
})();
