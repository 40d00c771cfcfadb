// What is known of a commune: its facts, each with the map that shows it.
function answer(index) {
  const box = $("reponse"), set = data.search, parent = set.parents[index];
  const list = make("dl", {class: "known"});
  for (const fact of set.facts) {
    const text = fact.texts[index], value = /\d/.test(text) && fact.unit ? `${text}\u00a0${fact.unit}` : text;
    const link = fact.href ? make("a", {href: fill(fact.href, {code: set.codes[index]}), text: fact.label}) : fact.label;
    list.append(make("div", {}, make("dt", {}, link), make("dd", {text: value})));
  }
  const name = parent == null ? null : set.parentNames[parent];
  const sheet = parent == null ? null : set.parentHrefs[parent];
  box.replaceChildren(make("h3", {text: set.names[index]}),
    name ? make("p", {}, T.member_of, " ", sheet ? make("a", {href: sheet, text: name}) : name) : "", list);
  box.hidden = false;
}

document.documentElement.classList.add("vif");
combobox(data.search.names, answer);
