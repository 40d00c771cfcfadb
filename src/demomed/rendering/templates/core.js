// Data of the page, decoded once: what is drawn, said and sorted comes from here.
const data = JSON.parse(document.getElementById("donnees").textContent);
const T = data.t;
const $ = id => document.getElementById(id);

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, key) => (key in values ? values[key] : ""));
}

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "text") node.textContent = value;
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter(child => child != null && child !== ""));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Borders come as text: differences in steps of a five-thousandth of a degree, five bits a character.
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STEPS = 5e3;

function border(text) {
  const points = [];
  let value = 0, shift = 0, x = 0, y = 0, first = null;
  for (const character of text) {
    const bits = ALPHABET.indexOf(character);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    const step = value & 1 ? -(value >> 1) - 1 : value >> 1;
    value = shift = 0;
    if (first === null) { first = step; continue; }
    x += first;
    y += step;
    first = null;
    points.push([x / STEPS, y / STEPS]);
  }
  return points;
}

const borders = data.arcs.map(border);

// A ring is a suite of borders, read backwards when its number is negative.
function ring(places) {
  const points = [];
  for (const place of places) {
    const part = place < 0 ? [...borders[-1 - place]].reverse() : borders[place];
    points.push(...(points.length ? part.slice(1) : part));
  }
  return points;
}

function features(shapes, codes) {
  return {
    type: "FeatureCollection",
    features: shapes.map((shape, index) => ({
      type: "Feature",
      id: codes[index],
      properties: {index},
      geometry: shape[0] === "L"
        ? {type: "MultiLineString", coordinates: shape.slice(1).map(ring)}
        : {type: "MultiPolygon", coordinates: shape.map(polygon => polygon.map(ring))},
    })),
  };
}

const zones = data.zones;
for (const level of Object.keys(zones)) {
  const set = zones[level];
  set.features = features(set.geo, set.codes);
  set.index = new Map(set.codes.map((code, index) => [code, index]));
  set.short = set.short || set.names;
}
const layers = new Map(data.layers.map(layer => [layer.id, layer]));
const levels = Object.keys(zones);

const STATUSES = {v: "value", z: "zero", m: "missing", u: "unstable", k: "masked", c: "coarse", n: "not_applicable"};

function written(value, decimals) {
  const [whole, rest] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return (value < 0 ? "\u2212" : "") + grouped + (rest ? "," + rest : "");
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

for (const layer of data.layers) {
  for (const values of Object.values(layer.levels)) {
    const count = values.s.length, apart = values.t;
    values.v = values.v.split(";").slice(0, count).map(text => (text ? Number(text) : null));
    values.t = values.v.map((value, index) =>
      apart[index] ?? (value === null ? apart[values.s[index]] : written(value, layer.decimals)));
    values.counted = values.rad != null;
    if (!Array.isArray(values.rad)) values.rad = values.v.map(value => (value > 0 ? values.rad * Math.sqrt(value) : 0));
    values.i = texts(values.i, count);
    values.p = texts(values.p, count);
    values.s = [...values.s].map(letter => STATUSES[letter]);
    if (typeof values.r === "string") values.r = ranks(values);
    values.c = [...values.c].map(letter => (letter === "-" ? null : Number(letter)));
  }
}

const state = {layer: data.layer, level: data.level, zone: null, compare: null};

function layerOf(id) { return layers.get(id || state.layer); }
function valuesOf(id, level) { return layerOf(id).levels[level || state.level] || null; }
function nameOf(code, level) { return zones[level].names[zones[level].index.get(code)]; }
function plain(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }

// « 62 pour 100 000 habitants », or the words of a special state.
function phrase(layer, values, index) {
  return values.v[index] == null ? values.t[index] : [values.t[index], layer.unit].filter(Boolean).join("\u00a0");
}
