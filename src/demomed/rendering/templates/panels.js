// Legend, head of the map, sheet of a zone, ranking.
// The unit is not told twice: some labels end with it.
function told(layer) {
  const unit = layer.label.endsWith(layer.unit) ? "" : layer.unit;
  return [unit, dateOf(layer)].filter(Boolean).join(" · ");
}

function legendBox(box, layerId, values) {
  const layer = layerOf(layerId);
  box.replaceChildren(
    make("h3", {text: layer.label}), make("p", {class: "unit", text: told(layer)}));
  if (!values) {
    box.append(make("p", {text: T.no_level}));
    const others = data.layers.filter(one => one.levels[state.level]).map(one => one.label);
    if (others.length) box.append(make("p", {text: fill(T.at_level, {labels: others.join(", ")})}));
    return;
  }
  const set = zones[state.level];
  const list = make("ul", {class: "legend"});
  for (const entry of values.legend) {
    const label = entry.kind === "circle" && layer.unit ? `${entry.label}\u00a0${layer.unit}` : entry.label;
    const count = entry.kind === "circle" ? null
      : make("span", {class: "count", text: entry.count ? counted(entry.count, set) : T.none});
    list.append(make("li", {}, swatch(entry), make("span", {text: label}), count));
  }
  box.append(list);
  if (values.cls) box.append(make("p", {class: "note", text: values.cls}));
  if (values.ref) box.append(make("p", {class: "note strong", text: values.ref}));
}

function counted(count, set) {
  return `${count}\u00a0${count > 1 ? set.plural : set.label}`;
}

function drawLegends() {
  legendBox($("legende-a"), state.layer, boards[0].values);
  const second = $("legende-b");
  second.hidden = !state.compare;
  if (state.compare) {
    legendBox(second, state.compare, boards[1].values);
    second.append(make("p", {class: "note", text: sharesScale(state.layer, state.compare) ? T.same_scale : T.own_scale}));
  } else second.replaceChildren();
}

function drawHead() {
  for (const [suffix, id] of [["a", state.layer], ["b", state.compare]]) {
    const box = $("tete-" + suffix);
    box.hidden = !id;
    if (!id) { box.replaceChildren(); continue; }
    const layer = layerOf(id);
    box.replaceChildren(
      make("h3", {text: layer.label}),
      make("p", {}, told(layer), " ", make("span", {class: "badge", text: layer.nature})));
  }
  const layer = layerOf();
  const past = pastOf(layer);
  const found = past ? fill(T.date_told, {date: past.d}) : layer.id === data.layer && !state.compare ? "" : layer.finding;
  $("constat").textContent = found;
  $("constat").hidden = !found;
  $("alternative").textContent = past ? `${layer.label}. ${fill(T.date_told, {date: past.d})} ${T.date_read}` : layer.alt;
}

// Places drawn by shape, each kind with its own switch.
function drawPlaces() {
  const box = $("lieux");
  if (!data.points.length) return;
  box.append(make("legend", {text: T.places}));
  for (const layer of data.points) {
    const input = make("input", {type: "checkbox", checked: layer.visible});
    input.addEventListener("change", () => boards.forEach(board => board.labels.toggle(layer.id, input.checked)));
    box.append(make("label", {class: "check"}, input, mark(layer, 18), make("span", {text: layer.label})));
  }
  box.hidden = false;
}

function drawSheet() {
  const box = $("fiche-corps"), sheet = $("fiche");
  const open = Boolean(state.zone);
  if (open !== sheet.classList.contains("open")) {
    sheet.classList.toggle("open", open);
    sheet.parentNode[open ? "prepend" : "append"](sheet);
  }
  $("fermer").hidden = !state.zone;
  if (!state.zone) {
    $("fiche-titre").textContent = T.sheet;
    box.replaceChildren(make("p", {class: "note", text: fill(T.sheet_empty, {zones: zones[state.level].plural})}));
    return;
  }
  const set = zones[state.level], index = set.index.get(state.zone);
  $("fiche-titre").textContent = set.names[index];
  box.replaceChildren(...[kinship(set, index), portrait(index), beyond(index), ...[state.layer, state.compare].filter(Boolean)
    .map(id => account(id, index)), everything(index)].filter(Boolean));
}

// Link to the sheet of the territory, or of that of the commune.
function portrait(index) {
  const at = state.level === "epci" ? index : data.parents && data.parents[index];
  if (!data.sheets || at == null || !zones.epci) return null;
  const link = make("a", {href: fill(data.sheets, {code: zones.epci.codes[at]}), class: "more",
    text: fill(T.portrait, {zone: zones.epci.names[at]})});
  return make("p", {}, link);
}

// Links to the portals of the departments of a zone, and to their communes where they can be asked for.
function beyond(index) {
  if (!data.portals) return null;
  const {names, hrefs, members, communes} = data.portals;
  const list = make("ul", {class: "beyond"});
  for (const code of members[state.level][index]) {
    const item = make("li", {}, hrefs[code]
      ? make("a", {href: hrefs[code], text: fill(T.portal, {name: names[code]})})
      : make("span", {text: names[code]}));
    if (communes) {
      item.append(" ", make("button", {type: "button", class: "plain", "data-communes": code,
        text: fill(T.show_communes, {name: names[code]})}));
    }
    list.append(item);
  }
  return list;
}

function kinship(set, index) {
  const place = state.level === "commune" && data.parents ? data.parents[index] : null;
  if (place != null) {
    const parent = zones.epci.codes[place];
    const button = make("button", {type: "button", class: "plain", text: nameOf(parent, "epci")});
    button.addEventListener("click", () => { setLevel("epci"); select(parent, "epci"); });
    return make("p", {class: "kin"}, fill(T.member_of, {}), " ", button);
  }
  const members = state.level === "epci" && data.parents ? data.parents.filter(at => at === index).length : 0;
  return members ? make("p", {class: "kin", text: counted(members, zones.commune)}) : null;
}

// What one indicator says of the zone: value, interval, class, rank, reference, parts, reserve.
function account(id, index) {
  const layer = layerOf(id), values = valuesOf(id);
  const box = make("div", {class: "account"}, make("h3", {text: layer.label}));
  if (!values) { box.append(make("p", {text: T.no_level})); return box; }
  const status = values.s[index];
  box.append(make("p", {class: "figure"}, make("b", {class: isLong(values.t[index]) && "words", text: values.t[index]}),
    values.v[index] == null ? null : make("span", {text: " " + layer.unit})));
  const facts = make("ul", {class: "facts"});
  const say = text => text && facts.append(make("li", {text}));
  const special = entryOf(values, status);
  if (status !== "value" && special) say(stateOf(values, index));
  if (values.i[index]) say(fill(T.interval, {interval: values.i[index]}));
  const ranked = values.r.filter(rank => rank != null).length;
  if (values.r[index] != null && isSided(layer)) say(fill(T.rank, {rank: values.r[index], total: counted(ranked, zones[state.level])}));
  const shown = boards[id === state.layer ? 0 : 1].values;  // in the classes of the map, when two share them
  if (shown.c[index] != null && !values.k) {
    say(fill(T.class_of, {rank: shown.c[index] + 1, total: shown.colours.length}));
  }
  say(values.p[index]);
  say(values.ref);
  box.append(facts);
  box.append(...trend(layer, index));
  const caveat = data.w[layer.caveat];
  if (caveat) box.append(make("p", {class: "note", text: caveat}));
  return box;
}

function everything(index) {
  const others = data.layers.filter(layer => layer.id !== state.layer && layer.levels[state.level]);
  if (!others.length) return null;
  const body = make("tbody");
  for (const layer of others) {
    const text = phrase(layer, layer.levels[state.level], index);
    body.append(make("tr", {}, make("th", {scope: "row", text: layer.label}),
      make("td", {class: isLong(text) && "words", text})));
  }
  return make("details", {}, make("summary", {text: fill(T.everything, {count: others.length})}),
    make("table", {class: "sheet-table"}, make("caption", {class: "apart", text: T.everything_caption}), body));
}

// A count, or a category, has no favourable side: its order is no rank.
function isSided(layer) { return layer.kind !== "count" && layer.kind !== "category"; }

// What the state of a zone says of its value.
function stateOf(values, index) {
  return values.s[index] === "unstable" ? T.unstable : entryOf(values, values.s[index]).label;
}

// Ranking: as composed for the page's own indicator, rebuilt from the values for the others.
const ownRanking = {
  rows: [...$("classement-lignes").children], title: $("classement-titre").textContent, note: $("classement-note").textContent,
};
const listed = new Map(ownRanking.rows.map(row => [row.dataset.z, row.querySelector(".zone").textContent]));

function ordinal(rank) {
  return rank + data.signs[2].split(", ").map(rule => rule.split(" ")).find(([pattern]) => new RegExp(pattern).test(rank))[1];
}

function drawRanking() {
  const list = $("classement-lignes"), level = upper;
  const values = valuesOf(state.layer, level);
  const own = state.layer === data.layer && !pastOf(layerOf());
  $("classement-titre").textContent = own ? ownRanking.title : layerOf().label;
  $("classement-note").textContent = own ? ownRanking.note : !values ? ""
    : fill(values.lo.some((low, index) => low < values.hi[index]) ? T.ranking_note : "{told}.", {told: told(layerOf())});
  if (own) list.replaceChildren(...ownRanking.rows);
  else if (values) list.replaceChildren(...rankingRows(values, level));
  else list.replaceChildren(make("li", {class: "alone", text: T.no_level}));
}

function rankingRows(values, level) {
  const set = zones[level];
  const top = Math.max(1e-9, ...values.v.map((value, index) => Math.max(value || 0, values.hi[index] || 0)));
  const order = set.codes.map((_, index) => index).sort((a, b) =>
    (values.r[a] ?? 1e6) - (values.r[b] ?? 1e6) || set.names[a].localeCompare(set.names[b], document.documentElement.lang));
  return order.map(index => {
    const bar = svg("svg", {class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true"});
    if (values.v[index] > 0) {
      bar.append(svg("rect", {width: 100 * values.v[index] / top, height: 10, fill: isCounted(values) ? C.circle : paint(values, index)}));
    }
    const low = values.lo[index], high = values.hi[index];
    if (high != null && high > low) {
      bar.append(svg("line", {x1: 100 * low / top, x2: 100 * high / top, y1: 5, y2: 5, class: "whisker"}));
    }
    const special = values.s[index] !== "value" && entryOf(values, values.s[index]);
    return make("li", {"data-z": set.codes[index]},
      make("span", {class: "rank", text: values.r[index] == null ? "–" : isSided(layerOf()) ? ordinal(values.r[index]) : ""}),
      make("button", {type: "button", class: "zone", "data-n": level, text: listed.get(set.codes[index]) || set.names[index]}),
      bar, make("b", {text: values.t[index]}),
      make("span", {class: "interval", text: values.i[index] || (special ? stateOf(values, index) : "")}));
  });
}
