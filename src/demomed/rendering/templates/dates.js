// Earlier dates: the choice of one, and what a zone was at each.
function setDate(date) {
  const known = (layerOf().past || []).some(past => past.k === date) ? date : null;
  if (known === state.date) return;
  state.date = known;
  redraw();
}

// One date is told in words; several are a choice, rebuilt only when the indicator changes.
function drawDates() {
  const box = $("choix-date"), layer = layerOf();
  if (box.dataset.of !== layer.id) {
    box.dataset.of = layer.id;
    if (layer.past) {
      const pills = make("div", {class: "pills"});
      for (const {k, d} of [...layer.past, {k: "", d: layer.date}]) {
        const input = make("input", {type: "radio", name: "date", value: k});
        input.addEventListener("change", () => setDate(k || null));
        pills.append(make("label", {class: "pill"}, input, make("span", {text: d})));
      }
      box.replaceChildren(make("fieldset", {}, make("legend", {class: "label", text: T.dates}), pills));
    } else box.replaceChildren(make("span", {class: "label", text: T.dates + T.colon}), layer.date);
    box.hidden = !layer.date && !layer.past;
  }
  for (const input of box.querySelectorAll("input")) input.checked = input.value === (state.date || "");
}

// Values of a zone date by date, drawn then told; no line and no change over a break.
function trend(layer, index) {
  const points = [...(layer.past || []), {d: layer.date, levels: layer.levels}]
    .filter(point => point.levels[state.level])
    .map(({k, d, b, levels: told}) => ({k, d, b, values: told[state.level]}));
  if (points.length < 2) return [];
  const list = make("ul", {class: "facts"});
  for (const {d, values} of points) {
    list.append(make("li", {}, d + T.colon, make("b", {text: values.t[index]}),
      values.i[index] ? ` (${values.i[index]})` : ""));
  }
  const notes = points.slice(1).map((to, at) => make("p", {class: "note", text: step(layer, points[at], to, index)}));
  return [make("h4", {text: T.trend}), sparkline(points, index), list, ...notes];
}

function step(layer, from, to, index) {
  const ends = {from: from.d, to: to.d}, [a, b] = [from.values, to.values];
  if (from.b) return fill(T.trend_break, ends);
  if (a.v[index] == null || b.v[index] == null) return fill(T.trend_hidden, ends);
  const gap = b.v[index] - a.v[index];
  if (!Number(gap.toFixed(layer.decimals))) return fill(T.trend_same, ends);
  const change = (gap > 0 ? "+" : "") + written(gap, layer.decimals);
  const bounds = [a.lo[index], a.hi[index], b.lo[index], b.hi[index]];
  if (bounds.includes(null)) return fill(T.trend_bare, {...ends, change});
  const apart = a.hi[index] < b.lo[index] || b.hi[index] < a.lo[index];
  return fill(apart ? T.trend_apart : T.trend_close, {...ends, change});
}

function sparkline(points, index) {
  const found = points.map(({values}) => values.v[index]), known = found.filter(value => value != null);
  const top = Math.max(...known, 0) || 1, step = 104 / (points.length - 1);
  const drawing = svg("svg", {class: "spark", viewBox: "0 0 120 40", "aria-hidden": "true"});
  const x = at => 8 + at * step, y = value => 34 - 28 * value / top;
  drawing.append(svg("line", {x1: 2, x2: 118, y1: 38, y2: 38, class: "base"}));
  found.forEach((value, at) => {
    if (at && points[at - 1].b) drawing.append(svg("line", {x1: x(at - .5), x2: x(at - .5), y1: 2, y2: 38, class: "break"}));
    else if (at && value != null && found[at - 1] != null) {
      drawing.append(svg("line", {x1: x(at - 1), x2: x(at), y1: y(found[at - 1]), y2: y(value)}));
    }
    if (value != null) drawing.append(svg("circle", {cx: x(at), cy: y(value), r: 3}));
  });
  return drawing;
}
