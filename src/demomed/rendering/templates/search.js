// A text field over names, with a list of at most eight answers.
function combobox(names, chosen) {
  const field = $("recherche"), list = $("reponses");
  const folded = names.map(plain);
  let answers = [], active = -1;
  const close = () => { list.hidden = true; field.setAttribute("aria-expanded", "false"); field.removeAttribute("aria-activedescendant"); };
  const mark = () => [...list.children].forEach((item, index) => {
    item.setAttribute("aria-selected", String(index === active));
    if (index === active) field.setAttribute("aria-activedescendant", item.id);
  });
  const take = index => {
    close();
    field.value = names[index];
    chosen(index);
  };
  field.addEventListener("input", () => {
    const wanted = plain(field.value.trim());
    const starts = [], holds = [];
    if (wanted) folded.forEach((name, index) => {
      if (name.startsWith(wanted)) starts.push(index);
      else if (name.includes(wanted)) holds.push(index);
    });
    answers = [...starts, ...holds].slice(0, 8);
    active = answers.length ? 0 : -1;
    list.replaceChildren(...answers.map((index, place) => {
      const item = make("li", {role: "option", id: "reponse-" + place, text: names[index]});
      item.addEventListener("pointerdown", event => { event.preventDefault(); take(index); });
      return item;
    }));
    if (wanted && !answers.length) list.append(make("li", {role: "option", "aria-disabled": "true", text: T.no_answer}));
    list.hidden = !wanted;
    field.setAttribute("aria-expanded", String(Boolean(wanted)));
    mark();
  });
  field.addEventListener("keydown", event => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!answers.length) return;
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : answers.length - 1)) % answers.length;
      mark();
    } else if (event.key === "Enter" && active >= 0 && !list.hidden) { event.preventDefault(); take(answers[active]); }
    else if (event.key === "Escape" && !list.hidden) { close(); event.stopPropagation(); }
  });
  field.addEventListener("blur", close);
}
