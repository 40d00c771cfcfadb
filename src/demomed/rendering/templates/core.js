// Shapes and values of the page, decoded once.
// Borders come as text: differences in steps of 1/2000 of a degree, five bits a character.
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STEPS = 2000;

function integers(text) {
  const found = [];
  let value = 0, weight = 1;
  for (const character of text) {
    const bits = ALPHABET.indexOf(character);
    value += (bits & 31) * weight;
    weight *= 32;
    if (bits & 32) continue;
    found.push(value);
    value = 0;
    weight = 1;
  }
  return found;
}

function signed(number) { return number % 2 ? -(number + 1) / 2 : number / 2; }

function border(text) {
  const steps = integers(text).map(signed), points = [];
  let x = 0, y = 0;
  for (let at = 0; at < steps.length; at += 2) {
    x += steps[at];
    y += steps[at + 1];
    points.push([x / STEPS, y / STEPS]);
  }
  return points;
}

const borders = data.arcs.split(";").map(border);

// A ring is a suite of borders, read backwards when its number is negative.
function ring(places, lines) {
  const points = [];
  for (const place of places) {
    const part = place < 0 ? [...lines[-1 - place]].reverse() : lines[place];
    points.push(...(points.length ? part.slice(1) : part));
  }
  return points;
}

function features(shapes, codes, lines = borders) {
  return {
    type: "FeatureCollection",
    features: shapes.map((shape, index) => ({
      type: "Feature",
      id: codes[index],
      properties: {index},
      geometry: shape[0] === "L"
        ? {type: "MultiLineString", coordinates: shape.slice(1).map(places => ring(places, lines))}
        : {type: "MultiPolygon", coordinates: shape.map(polygon => polygon.map(places => ring(places, lines)))},
    })),
  };
}

// Shapes come as text: « ; » between them, « | » between polygons, « / » between rings; « + » is the
// border after the greatest one so far, another one is a step from the last, odd when read backwards.
function shapesOf(text) {
  let top = -1, last = 0;
  const place = sign => {
    if (sign === "+") return last = top += 1;
    const [found] = integers(sign);
    last += signed(Math.floor(found / 2));
    top = Math.max(top, last);
    return found % 2 ? -1 - last : last;
  };
  return text.split(";").map(shape => (shape ? shape.split("|").map(polygon =>
    polygon.split("/").map(places => places.match(/\+|[g-z0-9_-]*[A-Za-f]/g).map(place))) : []));
}

// Codes of digits come as their width and the steps between them.
function codesOf(text) {
  const [width, steps] = text.split("~");
  if (!steps) return text ? text.split(";") : [];
  let code = 0;
  return integers(steps).map(step => String(code += signed(step)).padStart(width, "0"));
}

// The names of the zones are those of their table, written once.
function namesOf(level, codes) {
  const rows = document.querySelectorAll(`.donnees[data-niveau="${level}"] tbody tr`);
  const known = new Map([...rows].map(row => [row.dataset.z, row.querySelector("th").textContent.trim()]));
  return codes.map(code => known.get(code) || code);
}

// « v12k3v » is twelve times v, three times k, once v.
function unfolded(text) { return text.replace(/(\D)(\d*)/g, (_, letter, count) => letter.repeat(count || 1)); }

const zones = data.zones;
for (const level of Object.keys(zones)) {
  const set = zones[level];
  set.codes = codesOf(set.codes);
  set.points = border(set.points);
  set.names = namesOf(level, set.codes);
  set.features = features(set.codes.length ? shapesOf(set.geo) : [], set.codes);
  set.index = new Map(set.codes.map((code, index) => [code, index]));
  set.short = set.short || set.names;
}
if (data.parents) data.parents = integers(data.parents).map(place => (place ? place - 1 : null));
const layers = new Map(data.layers.map(layer => [layer.id, layer]));
const levels = Object.keys(zones);
// The coarsest level: its borders stand over the others, its zones are ranked; and the finest one.
const upper = data.upper;
const finest = levels.find(level => level !== upper) || upper;

const STATUSES = {v: "value", z: "zero", m: "missing", u: "unstable", k: "masked", c: "coarse", n: "not_applicable"};

function written(value, decimals) {
  const [whole, rest] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, data.signs[1]);
  return (value < 0 ? "\u2212" : "") + grouped + (rest ? data.signs[0] + rest : "");
}

// Patterns and numbers back into texts.
function texts(coded, count) {
  if (!coded) return Array(count).fill("");
  return coded.x.split(";").map(code => {
    if (!code) return "";
    const [at, ...numbers] = code.split("|");
    return coded.p[at].replace(/\\?#/g, sign => (sign === "#" ? numbers.shift() : "#"));
  });
}

// Rank 1 is the smallest value (« + ») or the largest (« - »); equal values share a rank.
function ranks(values) {
  const sign = values.r === "+" ? 1 : -1, place = new Map();
  values.v.filter(value => value != null).sort((a, b) => sign * (a - b))
    .forEach((value, index) => { if (!place.has(value)) place.set(value, index + 1); });
  return values.v.map(value => place.get(value) ?? null);
}

// Decimals, smallest number and differences to it, 0 for nothing; or numbers in full.
function numbers(text, count) {
  if (!text.includes("~")) {
    const read = text.split(";");
    return Array.from({length: count}, (_, index) => (read[index] ? Number(read[index]) : null));
  }
  const [digits, low, coded] = text.split("~");
  return integers(coded).map(step => (step ? (step - 1 + Number(low)) / 10 ** digits : null));
}

// Class of each value that is not a true zero, from the bounds as the legend orders them.
function classesOf(values) {
  const inner = values.b.slice(1, -1), falls = values.b[0] > values.b[values.b.length - 1];
  return values.v.map((value, index) => {
    if (value == null || values.s[index] === "z") return null;
    const rank = inner.filter(bound => value > bound).length;
    return falls ? inner.length - rank : rank;
  });
}

// A written number; one of the two that an interval writes.
function amount(text) {
  return Number(text.replace(/[\u202f\u00a0\s]/g, "").replaceAll(data.signs[1], "").replace(data.signs[0], ".").replace("\u2212", "-"));
}
function endOf(text, at) {
  const found = text.match(data.signs[0] === "," ? /\d[\d\u202f\u00a0]*(,\d+)?/g : /\d[\d,]*(\.\d+)?/g) || [];
  return found.length === 2 ? amount(found[at]) : null;
}

function opened(layer, values) {
  values.s = unfolded(values.s);
  if (values.c) values.c = unfolded(values.c);
  const count = values.s.length, apart = values.t;
  if (!Array.isArray(values.v)) values.v = numbers(values.v, count);
  values.t = values.v.map((value, index) => values.k && values.c[index] !== "-"
    ? values.k[values.c[index].charCodeAt() - 97] : apart[index] ?? (value === null ? apart[values.s[index]] : written(value, layer.decimals)));
  values.counted = values.rad != null;
  if (!Array.isArray(values.rad)) values.rad = values.v.map(value => (value > 0 ? values.rad * Math.sqrt(value) : 0));
  values.i = texts(values.i, count);
  ["lo", "hi"].forEach((end, at) => { values[end] = values[end] ? numbers(values[end], count) : values.i.map(text => endOf(text, at)); });
  values.cls = data.w[values.cls];
  values.ref = data.w[values.ref];
  values.legend = values.legend.map(([kind, label, count, colour, size]) => ({kind, label, count, colour, size}));
  values.p = texts(values.p, count);
  values.c = values.c ? [...values.c].map(letter => (letter === "-" ? null : letter.charCodeAt() - 97)) : classesOf(values);
  values.s = [...values.s].map(letter => STATUSES[letter]);
  if (typeof values.r === "string") values.r = ranks(values);
  return values;
}

// A level at an earlier date: its values in the classes, colours and circles of the last date.
function openedPast(layer, raw, last, told) {
  const unit = Math.max(0, ...last.rad.map((radius, index) => (last.v[index] > 0 ? radius / Math.sqrt(last.v[index]) : 0)));
  const steps = numbers(told.v, last.v.length);
  const v = steps.map((step, index) => (step == null ? null : Number((step + (last.v[index] || 0)).toFixed(6))));
  const values = opened(layer, {...raw, p: null, i: null, lo: "", hi: "", ref: -1, ...told, v, c: raw.b.length ? "" : raw.c,
    r: typeof raw.r === "string" ? raw.r : Array(last.v.length).fill(null), rad: raw.rad == null ? null : unit, legend: []});
  values.legend = [
    ...last.legend.filter(entry => entry.kind === "circle"),
    ...last.legend.filter(entry => entry.kind === "class").map(entry => ({...entry,
      count: values.c.filter(place => place != null && values.colours[place] === entry.colour).length})),
    ...(told.l || []).map(([kind, label, count, colour]) => ({kind, label, count, colour}))];
  return values;
}

for (const layer of data.layers) {
  for (const [level, values] of Object.entries(layer.levels)) {
    const raw = {...values};
    opened(layer, values);
    for (const {levels: told, ref} of layer.past || []) {
      if (told[level]) told[level] = {...openedPast(layer, raw, values, told[level]), ref};
    }
  }
}

const state = {layer: data.layer, level: data.level, zone: null, compare: null, date: null};

function layerOf(id) { return layers.get(id || state.layer); }
// A layer at the date chosen, when it is an earlier one that the layer has.
function pastOf(layer) { return (layer.past || []).find(past => past.k === state.date) || null; }
function valuesOf(id, level) { return (pastOf(layerOf(id)) || layerOf(id)).levels[level || state.level] || null; }
function dateOf(layer) { return (pastOf(layer) || {d: layer.date}).d; }
function nameOf(code, level) { return zones[level].names[zones[level].index.get(code)]; }

// A text too long for a label or a narrow cell: the words of several zones told together.
function isLong(text) { return text.length > 40; }

// « 62 pour 100 000 habitants », or the words of a special state.
function phrase(layer, values, index) {
  return values.v[index] == null ? values.t[index] : [values.t[index], layer.unit].filter(Boolean).join("\u00a0");
}
